"""The views of the classroom game."""
