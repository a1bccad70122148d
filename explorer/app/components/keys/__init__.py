"""The sheet of keys, and what a key is worth where a person types."""
