"""What looks wrong with data as they were understood, in sentences."""
