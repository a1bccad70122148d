"""Edits of single images: the append-only log, the state that it produces, and the refit."""
