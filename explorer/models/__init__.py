"""A data set becomes features, a softmax head, or a trained network."""

# The network that is trained from scratch; every other name is torchvision's.
SMALL_CNN = "small-cnn"
