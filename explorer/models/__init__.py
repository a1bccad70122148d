"""From a data set to features, a fitted softmax head, or a network trained from scratch."""

# The network that is trained from scratch; every other name is torchvision's.
SMALL_CNN = "small-cnn"
# The one whose training is smooth in the weights of its images and kept step by step, so that it can be differentiated.
SMALL_CNN_SMOOTH = "small-cnn-smooth"
