"""Where a first-order estimate fails: few images beside the number of weights, each with a large leverage."""
