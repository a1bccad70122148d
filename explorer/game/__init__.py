"""Plant a bug: the classroom game."""
