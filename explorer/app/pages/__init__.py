"""What each page draws: one folder a page; pages do not import one another."""
