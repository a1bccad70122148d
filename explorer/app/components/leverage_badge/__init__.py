"""Whether first-order scores are accurate in a run, by its largest leverage."""
