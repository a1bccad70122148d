"""The whole network of a run: its recorded training, indexes of estimators, and how far they tell the truth."""
