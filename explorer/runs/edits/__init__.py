"""Decisions on single images: the append-only log, what it adds up to, and the refit."""
