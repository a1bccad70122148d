"""The lesson's figures in the plane."""
