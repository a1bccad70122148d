"""Places where a file is dropped: it is stored at once, and its path appears in the field beside it."""
