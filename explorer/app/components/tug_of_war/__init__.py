"""The tug-of-war bar: what holds a prediction, what pulls against it, and where the rope is cut."""
