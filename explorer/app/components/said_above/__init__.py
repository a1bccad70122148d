"""A sentence that stands above what it tells of, and is completed when the rest of it is known."""
