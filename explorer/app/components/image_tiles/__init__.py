"""Tiles of test and training images."""
