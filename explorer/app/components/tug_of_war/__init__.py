"""The tug-of-war bar of a flipping set."""
