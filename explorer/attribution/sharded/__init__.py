"""What an engine computes of a head over shards: the weight of every training image, and rows of scores."""

from explorer.attribution.sharded.asked import AskedRow, Asker
from explorer.attribution.sharded.weighing import weighed

__all__ = ["AskedRow", "Asker", "weighed"]
