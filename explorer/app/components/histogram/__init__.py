"""The histogram of scores under a pair of galleries."""
