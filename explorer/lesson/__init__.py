"""The story and the repair that the lesson shows, without a browser."""
