"""Koh & Liang 2017, §5.2: training pictures changed by a hardly visible amount, so that a test prediction flips."""
