"""Mistakes planted on purpose: wrong labels, gaps, watermarks."""
