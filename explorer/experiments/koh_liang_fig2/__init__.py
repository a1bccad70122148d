"""Koh & Liang 2017, figure 2: what leaving an image out is predicted to do, beside what it really does."""
