"""Images selected on a map."""
