"""From a data set to features, a fitted softmax head, or a network trained from scratch."""

# The network that is trained from scratch; every other name is torchvision's.
SMALL_CNN = "small-cnn"
