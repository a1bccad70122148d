"""Koh & Liang 2017, §5.1: two models that are right about the same image, for different reasons."""
