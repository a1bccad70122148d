"""The confusion matrix as links."""
