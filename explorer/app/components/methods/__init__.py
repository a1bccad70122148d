"""The attribution methods in words."""
