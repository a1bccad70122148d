"""Scores put to the test by real refits, and what they are used for: label audit, groups, duplicates, outliers, flips."""
