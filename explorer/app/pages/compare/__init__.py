"""Compare: two runs, or two methods, side by side."""
