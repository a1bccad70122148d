"""From a data set to features, a fitted softmax head, or a network trained from scratch."""

# A network that is trained from scratch.
SMALL_CNN = "small-cnn"
# The one whose training is smooth in the weights of its images and kept step by step, so that it can be differentiated.
SMALL_CNN_SMOOTH = "small-cnn-smooth"
# The networks that are trained here, on the run's own pictures.
TRAINED_HERE = (SMALL_CNN, SMALL_CNN_SMOOTH)
