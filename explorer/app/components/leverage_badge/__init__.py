"""Whether first-order scores can be taken at their word in a run."""
