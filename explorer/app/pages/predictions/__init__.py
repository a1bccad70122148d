"""Predictions: which test images are wrong?"""
