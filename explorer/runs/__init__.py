"""Runs: building, storing and opening them, the edit log, background jobs, results beside a run."""
