"""Data and models: bring your own data or network, check, and build."""
