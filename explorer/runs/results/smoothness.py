"""How smooth the training of a run's network is in the weights of its images; measured once, then read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from explorer.core import home
from explorer.core.cached_result import CachedResult, cached_array, cached_json
from explorer.core.errors import ExplorerError
from explorer.core.files import lock
from explorer.core.progress import Progress
from explorer.models import SMALL_CNN, SMALL_CNN_SMOOTH
from explorer.runs.run import Run
from explorer.runs.whole_network.recorded import check_recorded
from explorer.runs.whole_network.trust_plan import named

if TYPE_CHECKING:
    from explorer.runs.whole_network.run_margins import RunMargins

# Up to so many percent of the images, r must be at least this for a training to be called smooth.
BOUNDS = {1.0: 0.95, 10.0: 0.9}
# Raised whenever the same run would be measured otherwise.
VERSION = 1
STAGE = "Training with other weights of images"


@dataclass(frozen=True)
class Measured:
    """What two trainings say of one share of the images.

    Attributes:
        r: Pearson's correlation of the change of all test margins by a small push, scaled up, with that by removal.
        size: standard deviation of the first over that of the second; 1 where the training is linear in the weights.
    """

    r: float
    size: float


def check_measurable(run: Run) -> None:
    """Raise unless the training of a run's network can be done again with other weights of its images.

    Raises:
        ExplorerError: it cannot; the sentence says why.
    """
    if run.manifest.backbone == SMALL_CNN:
        raise ExplorerError(
            f"The batch normalisation of {SMALL_CNN} knows no weights of images, so that how smooth its training is cannot be measured; build the run with --backbone {SMALL_CNN_SMOOTH}."
        )
    check_recorded(run)


def measure_smoothness(run: Run, shares: Sequence[float], progress: Progress) -> dict[float, Measured]:
    """Return what is measured at each share, in percent; two trainings each, and what was measured before is read.

    A measurement that was stopped goes on after its last whole training.

    Raises:
        ExplorerError: the run's training was not recorded, or the disk is full.
    """
    check_measurable(run)
    found = {}
    with lock(_folder(run.id)):
        for done, share in enumerate(shares):
            told = partial(_told, progress, done, len(shares))
            found[share] = _kept(run.id, share).get_or_compute(partial(_measured, run, share, told))
    return found


def load_smoothness(run_id: str, shares: Sequence[float]) -> dict[float, Measured]:
    """Return what was measured of a run before, without torch."""
    known = {share: _kept(run_id, share).load() for share in shares}
    return {share: found for share, found in known.items() if found is not None}


def is_smooth(found: Mapping[float, Measured]) -> bool:
    """Return whether a training is smooth at every share for which there is a bound."""
    bounds = {share: next((bound for most, bound in BOUNDS.items() if share <= most), -1.0) for share in found}
    return all(each.r >= bounds[share] for share, each in found.items())


def said(found: Mapping[float, Measured]) -> str:
    """Return the measurement in one sentence."""
    parts = [f"{each.r:.2f} of 1 where {named(share)} % are left out" for share, each in found.items()]
    foretold = f"A small push of images' weights foretells what leaving them out does: {', '.join(parts)}"
    if is_smooth(found):
        return f"{foretold}. The training is smooth, so scores of the whole network can predict retraining."
    return f"{foretold}. The training is not smooth enough: scores of the whole network may miss what retraining does."


def _measured(run: Run, share: float, progress: Progress) -> Measured:
    # torch, for which what was measured before does not wait
    from explorer.models.smooth_cnn.metasmoothness import LITTLE, compared
    from explorer.runs.whole_network.run_margins import RunMargins

    margins, folder = RunMargins(run), _folder(run.id)
    kept = [cached_array(folder / "margins.npy").get_or_compute(margins.of_the_run)]
    for number, fall in enumerate((LITTLE, 1.0)):
        told = partial(_told, progress, number, 2)
        compute = partial(_after, margins, share / 100, fall, told)
        kept.append(cached_array(folder / f"share-{named(share)}-{number}.npy").get_or_compute(compute))
    found = compared(share / 100, *kept)
    return Measured(found.correlation, found.size)


def _after(margins: "RunMargins", share: float, fall: float, progress: Progress) -> np.ndarray:
    from explorer.models.smooth_cnn.metasmoothness import trained_with  # torch

    return margins.of(trained_with(margins.training, share, fall, progress=progress))


def _told(
    progress: Progress,
    before: int,
    every: int,
    stage: str,
    done: float,
    total: float,
    figures: Mapping[str, float] = {},
) -> None:
    """Tell the part of one training as a part of all."""
    progress(STAGE, before + done / total, every, figures)


def _kept(run_id: str, share: float) -> CachedResult[Measured]:
    path = _folder(run_id) / f"share-{named(share)}.json"
    return cached_json(
        path, vars, lambda found: Measured(float(found["r"]), float(found["size"])), {"version": VERSION}
    )


def _folder(run_id: str) -> Path:
    return home.root() / "smoothness" / run_id
