"""Pieces that several pages draw: their head, menus, and tiles for images."""
