"""A field to search a list with."""
