"""Galleries of clickable thumbnails."""
