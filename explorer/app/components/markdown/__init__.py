"""Texts from Markdown files: Markdown with formulas and places for computed figures, as plain data that a browser builds."""
