"""Corruptions applied to a data set on purpose: wrong labels, images left out, watermarks."""
