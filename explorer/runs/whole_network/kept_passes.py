"""Passes through a recorded training, back and forth, that go on where they were stopped."""

import time
from collections.abc import Callable
from pathlib import Path

from torch import Tensor

from explorer.attribution.unrolled import (
    Change,
    Course,
    Passing,
    StepsBack,
    first_course,
    first_passing,
    kept_steps,
    pass_back,
    pass_forth,
)
from explorer.attribution.whole_network import Recording
from explorer.core.progress import Progress
from explorer.models.smooth_cnn import Statistics
from explorer.runs.whole_network.kept_files import kept_arrays

# Seconds of a pass that are lost at most where it is stopped.
KEEP_SECONDS = 10.0
Outputs = list[tuple[Tensor, Statistics]]


def passed(recording: Recording, outputs: Callable[[], Outputs], path: Path, progress: Progress) -> Tensor:
    """Return what each epoch added to df/dw of some outputs ``(k, E, n)``; the file of the way stays, for the caller to remove.

    Args:
        recording: of the training.
        outputs: what a pass begins with; not asked where one goes on.
        path: where the pass is kept on its way; its name tells the outputs.
        progress: told the steps done.

    Raises:
        ExplorerError: the disk is full or cannot be written.
    """
    found = kept_arrays(path).load()
    passing = first_passing(recording.training, outputs()) if found is None else Passing.of_arrays(found)
    pass_back(recording.training, StepsBack(recording), passing, progress, _keeping(path))
    return passing.by_epoch


def followed(recording: Recording, weights: Tensor, path: Path, progress: Progress) -> list[Change]:
    """Return how the end of a training moves along changes of its images' weights ``(k, n)``; the file of the way stays.

    Args:
        recording: of the training.
        weights: the changes.
        path: where the pass is kept on its way; its name tells the changes.
        progress: told the steps done.

    Raises:
        ExplorerError: the disk is full or cannot be written.
    """
    found = kept_arrays(path).load()
    course = first_course(recording.training, len(weights)) if found is None else Course.of_arrays(found)
    return pass_forth(recording.training, kept_steps(recording.state), weights, course, progress, _keeping(path))


def _keeping(path: Path) -> Callable[[Passing | Course], None]:
    """Return what keeps a pass on its way, every few seconds."""
    way, last = kept_arrays(path), time.monotonic()

    def keep(now: Passing | Course) -> None:
        nonlocal last
        if time.monotonic() - last >= KEEP_SECONDS:
            way.save(now.arrays())
            last = time.monotonic()

    return keep
