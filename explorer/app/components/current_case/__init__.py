"""The run, test image and method that the address names."""
