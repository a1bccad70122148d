"""Drop zones for files."""
