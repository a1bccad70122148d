"""Readers of image data sets on disk: one file for each layout of folders or format of list."""
