"""Koh & Liang 2017, §5.3: a training set that does not fit the world, found by summed influence."""
