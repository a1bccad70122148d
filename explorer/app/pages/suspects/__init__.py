"""Suspects: which labels are wrong, which images are outliers, and which of them matter?"""
