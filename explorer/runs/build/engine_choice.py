"""Which library computes the features of a build, chosen by a sample of its own pictures."""

import numpy as np
from torch import nn

from explorer.core.progress import Progress
from explorer.models.engine import TORCH, Engine, choose_engine
from explorer.models.features import cached
from explorer.models.preparation.batches import BATCH
from explorer.runs.build.plan import Plan

# The key of it, in the manifest and in a preflight report.
KEY = "engine"
# Pictures of a sample, from all over the training side.
SAMPLE = 4 * BATCH


def engine_of(planned: Plan, network: nn.Module, progress: Progress) -> Engine:
    """Let the faster library compute what a plan's network still has to compute; return which it is.

    Args:
        planned: the request.
        network: frozen, as it was loaded.
        progress: reports the sample.
    """
    seen, test = planned.dataset.train.take(planned.chosen), planned.dataset.test
    count = sum(int((~cached(planned.recipe(), split)[0]).sum()) for split in (seen, test))
    rows = np.unique(np.linspace(0, len(seen.labels) - 1, SAMPLE).round().astype(int)).tolist()
    return choose_engine(network, seen.pictures, rows, planned.preparation, count, progress)


def said(engine: dict[str, object]) -> str:
    """Return in words what computes the features, from :meth:`Engine.to_dict`."""
    name, times, difference = (engine.get(key) for key in ("name", "times", "difference"))
    if times is None:
        return str(name)
    compared = f"in a sample ONNX Runtime was {times:g} times as fast, and the features differed by {difference:.0e} of the largest value"
    return f"{name}: {compared}" if name != TORCH else f"{name}; {compared}"
