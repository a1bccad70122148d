"""Scatter plots of images with a lasso."""
