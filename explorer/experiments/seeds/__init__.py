"""Where one training is not the model: the same images and network, trained from several seeds."""
