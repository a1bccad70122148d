"""What is computed from a finished run and kept beside it."""
