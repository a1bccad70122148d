"""Results computed from a finished run and cached on disk beside it."""
