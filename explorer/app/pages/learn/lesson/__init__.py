"""The lesson: eight steps."""
