"""Texts from ``assets/*.md``: Markdown with formulas and places for computed figures, as plain data that a browser builds."""
