"""Links that download what a page shows as a file."""
