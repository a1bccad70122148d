"""Where no derivative predicts a training: kinks and a high learning rate beside a training that is smooth in its images."""
