"""Explain: which training images argue for a prediction, and which against it?"""
