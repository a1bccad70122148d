"""The galleries of an explanation."""
