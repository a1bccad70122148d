"""What computes the features of a build: its network, where a picture needs it, by the library that a sample of the pictures chooses."""

import numpy as np
from torch import nn

from explorer.core.progress import Progress
from explorer.core.scale import sharded
from explorer.datasets.base import Split
from explorer.models.devices import device_of
from explorer.models.engine import TORCH, Engine, choose_engine
from explorer.models.features import cached
from explorer.models.preparation.batches import BATCH
from explorer.models.promised import Promised
from explorer.runs.build.plan import Plan

# The key of it, in the manifest and in a preflight report.
KEY = "engine"
# Pictures of a sample, from all over the training side.
SAMPLE = 4 * BATCH


def frozen_network(planned: Plan, progress: Progress) -> nn.Module:
    """Return a plan's frozen network; only promised where the features of all pictures are known and nothing else is asked of it.

    A person's own file is always loaded: its last layer is judged. So is what computes elsewhere, which the manifest says.
    """
    network, asked = planned.network(), planned.config
    usual = not asked.own.checkpoint and device_of(asked.device).type == "cpu"
    if usual and not sharded(len(planned.rows)) and not _missing(planned):
        return Promised(lambda: network.load(progress))
    return network.load(progress)


def engine_of(planned: Plan, network: nn.Module, progress: Progress) -> Engine:
    """Let the faster library compute what a plan's network still has to compute; return which it is.

    Args:
        planned: the request.
        network: as it was loaded; torch stays where that is promised, or was trained on the run's own pictures.
        progress: reports the sample.
    """
    if planned.trained_here or isinstance(network, Promised):
        return Engine()
    seen = _seen(planned)
    rows = np.unique(np.linspace(0, len(seen.labels) - 1, SAMPLE).round().astype(int)).tolist()
    return choose_engine(network, seen.pictures, rows, planned.preparation, _missing(planned), progress)


def _seen(planned: Plan) -> Split:
    return planned.dataset.train.take(planned.chosen)


def _missing(planned: Plan) -> int:
    """Return how many pictures' features are not known."""
    splits = _seen(planned), planned.dataset.test
    return sum(int((~cached(planned.recipe(), split)[0]).sum()) for split in splits)


def said(engine: dict[str, object]) -> str:
    """Return in words what computes the features, from :meth:`Engine.to_dict`."""
    name, times, difference = (engine.get(key) for key in ("name", "times", "difference"))
    if times is None:
        return str(name)
    compared = f"in a sample ONNX Runtime was {times:g} times as fast, and the features differed by {difference:.0e} of the largest value"
    return f"{name}: {compared}" if name != TORCH else f"{name}; {compared}"
