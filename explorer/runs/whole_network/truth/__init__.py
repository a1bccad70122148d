"""Retrainings of a run's whole network without some images, and what every method's scores are worth beside them."""
