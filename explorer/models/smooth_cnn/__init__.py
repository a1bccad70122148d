"""``small-cnn-smooth``: a small network whose training is smooth in the weights of its images, so that it can be differentiated."""

from explorer.models.smooth_cnn.network import Network, Statistics
from explorer.models.smooth_cnn.recipe import Recipe
from explorer.models.smooth_cnn.training import Batch, State, Training

__all__ = ["Batch", "Network", "Recipe", "State", "Statistics", "Training"]
