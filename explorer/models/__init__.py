"""A data set becomes features, a softmax head, or a trained network."""
