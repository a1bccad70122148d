"""Markdown files with formulas and computed figures, as a tree that the browser builds."""
