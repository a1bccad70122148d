"""Prove it: leave images out, refit for real, and show the prediction beside what happened."""
