"""Buttons that edit images where they are shown."""
