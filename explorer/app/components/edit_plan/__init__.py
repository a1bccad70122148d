"""What the edits in force would make of a run, and the refit that makes it."""
