"""The head of a page about a run."""
