"""What the server computes unasked, so that no page greets with a button alone; it stands still while people click."""
