"""The time machine of an explanation."""
