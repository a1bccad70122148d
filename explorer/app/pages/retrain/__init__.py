"""Retrain: the edits in force, the refit, and edits as files."""
