"""The features of a run in shards: files of some rows, computed by workers."""

from typing import Any

from torch import nn

from explorer.core.progress import Progress
from explorer.engine import Engine as ShardEngine
from explorer.models.engine import Engine
from explorer.models.feature_shards import Network, feature_files
from explorer.runs.build.facts import Seconds, timed
from explorer.runs.build.plan import Plan
from explorer.runs.build.sharded_fit import Files


def feature_files_of(
    planned: Plan,
    network: nn.Module,
    recipe: dict[str, Any],
    library: Engine,
    seconds: Seconds,
    engine: ShardEngine,
    progress: Progress,
) -> Files:
    """Return the files of the features of the chosen training images and of the test images, in the order of their rows.

    Args:
        planned: the request.
        network: frozen, as it was loaded.
        recipe: what determines the features beside the pictures.
        library: which computes them.
        seconds: where the duration is noted.
        engine: what runs the workers.
        progress: called after every file.
    """
    known = Network(network, planned.network(), library.name)
    sides = {
        "Features of training images": planned.dataset.train.take(planned.chosen),
        "Features of test images": planned.dataset.test,
    }
    with timed(seconds, "features"):
        train, test = (feature_files(known, recipe, split, stage, progress, engine) for stage, split in sides.items())
    return train, test
