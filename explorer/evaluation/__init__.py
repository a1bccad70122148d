"""How far real retraining agrees with the scores (refits, label-error curves, smallest flipping sets)."""
