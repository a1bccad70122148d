"""Removal trials: predicted beside measured changes."""
