"""The edits in force laid on a run, and the refit with them."""
