"""Other libraries of data attribution on our trained network, measured beside our own methods: ``make bench-peers``."""
