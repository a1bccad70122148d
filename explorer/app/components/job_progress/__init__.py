"""Background jobs on a page."""
