"""Koh & Liang 2017, §5.4: wrong labels put right in several orders of looking, and what each order is worth."""
