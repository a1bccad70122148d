"""Making and growing the basis of ``replay-basis``: what each group of directions adds, sealed by groups, usable from the first."""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from explorer.attribution.replays import ReplayBasis, new_in, rounded, signs, units
from explorer.attribution.unrolled.replay_basis import flat, outputs_of
from explorer.attribution.whole_network import Recording
from explorer.attribution.whole_network.example_gradients import ExamplePass
from explorer.attribution.whole_network.replay_basis import PROBES, ReplayedBasis, moved
from explorer.core.files import lock
from explorer.core.progress import Progress, silent
from explorer.models.smooth_cnn.training import on_threads
from explorer.runs.whole_network.kept_basis import (
    GROUP,
    MOST,
    along,
    directions_file,
    group_file,
    load_basis,
    mark_of,
    probes_file,
    span_file,
)
from explorer.runs.whole_network.kept_files import Arrays
from explorer.runs.whole_network.kept_passes import followed, passed

# What progress is told: of the directions, and of the probes, which come once.
STAGE, PROBING = "Replaying directions", "Following random changes of weights"
# Pictures as the network is given them, in parts ``(b, 3, s, s)``.
Pixels = Callable[[], Iterable[Tensor]]


def directions_of(folder: Path, recording: Recording, progress: Progress = silent) -> np.ndarray:
    """Return all directions ``(K, q)`` of a recorded training, found now, on its threads, where they are not kept.

    Raises:
        ExplorerError: the disk is full or cannot be written.
    """

    def found() -> np.ndarray:
        with on_threads(recording.training.threads):
            return ReplayedBasis(MOST).found_directions(recording, MOST, progress)

    return directions_file(folder).get_or_compute(found)


def grow(folder: Path, recording: Recording, count: int, tests: Pixels, progress: Progress = silent) -> ReplayBasis:
    """Return the basis with at least ``count`` directions, as far as there are so many; what is not kept is computed now.

    Args:
        folder: of what is kept of the training.
        recording: of it.
        count: of directions.
        tests: the test images.
        progress: told what is done.

    Raises:
        ExplorerError: the disk is full or cannot be written.
    """
    with lock(folder / "replays"):
        found = directions_of(folder, recording, progress)
        _probe(folder, recording, tests, progress)
        for first in range(0, min(count, len(found)), GROUP):
            if along(group_file(folder, first // GROUP).load(), found) is None:
                _Growth(folder, recording, found, first // GROUP).grow(tests, count, progress)
    basis = load_basis(folder)
    assert basis is not None  # it was just written
    return basis


def _probe(folder: Path, recording: Recording, tests: Pixels, progress: Progress) -> None:
    """Follow the random changes of weights, where they are not kept."""
    kept, way = probes_file(folder), folder / "course-probes.safetensors"
    if kept.load() is None:
        weights = torch.from_numpy(signs(PROBES, len(recording.training.labels)))
        weights = weights.to(recording.training.images.dtype)
        directions, lengths = moved(followed(recording, weights, way, _told(progress)))
        logits, found = in_basis(recording, directions, lengths, tests())
        kept.save({"directions": directions, "lengths": lengths, "logits": logits, "tests": found})
    way.unlink(missing_ok=True)


class _Growth:
    """One group of directions on its way into the basis: its replays, what they span, where that is read.

    Args:
        folder: of what is kept.
        recording: of the training.
        directions: all of them.
        number: of the group.
    """

    def __init__(self, folder: Path, recording: Recording, directions: np.ndarray, number: int) -> None:
        self._folder, self._recording, self._number = folder, recording, number
        self._all, self._mark = directions, mark_of(directions)
        self._own = directions[number * GROUP : (number + 1) * GROUP]

    def grow(self, tests: Pixels, count: int, progress: Progress) -> None:
        """Compute and keep what the group adds; ``count`` directions are wanted in all."""
        kept = span_file(self._folder, self._number)
        half = len(self._own) / 2
        begun = self._number * GROUP
        if (span := along(kept.load(), self._all)) is None:
            span = self._span(_counted(progress, begun, half, count))
            kept.save(span)
        table, scales = span["table"], span["scales"]
        directions, lengths = self._read_along(table * scales[:, None], _counted(progress, begun + half, half, count))
        _, found = in_basis(self._recording, directions, np.ones(len(directions), np.float32), tests())
        parts = {"directions": directions, "table": table, "scales": scales * lengths, "tests": found}
        group_file(self._folder, self._number).save(parts | {"of": self._mark})
        for path in kept.path, self._way("pass"), self._way("course"):
            path.unlink(missing_ok=True)

    def _span(self, progress: Progress) -> Arrays:
        training = self._recording.training
        outputs = partial(outputs_of, units(self._own), training.network, training.images.dtype)
        replays = passed(self._recording, outputs, self._way("pass"), progress).sum(1).numpy()
        before = load_basis(self._folder) if self._number else None
        rows = np.zeros((0, len(training.labels)), np.int8) if before is None else before.table
        table, scales = rounded(new_in(replays, rows))
        return {"table": table, "scales": scales, "of": self._mark}

    def _read_along(self, rows: np.ndarray, progress: Progress) -> tuple[np.ndarray, np.ndarray]:
        if not len(rows):  # the replays brought nothing new
            return self._own[:0], np.zeros(0, np.float32)
        weights = torch.from_numpy(rows).to(self._recording.training.images.dtype)
        return moved(followed(self._recording, weights, self._way("course"), progress))

    def _way(self, name: str) -> Path:
        return self._folder / f"{name}-{self._number}-{self._mark[:4].tobytes().hex()}.safetensors"


def _told(progress: Progress) -> Progress:
    return lambda stage, done, total, figures={}: progress(PROBING, done, total)


def _counted(progress: Progress, begun: float, part: float, count: int) -> Progress:
    """Return the progress of a pass, told as directions out of ``count``."""
    return lambda stage, done, total, figures={}: progress(STAGE, begun + done / total * part, count)


@torch.no_grad()
def in_basis(
    recording: Recording, directions: np.ndarray, lengths: np.ndarray, pixels: Iterable[Tensor]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the logits of pictures ``(m, C)``, and how their gradients lie along directions of these lengths ``(m, C, K)``."""
    along = torch.from_numpy(units(directions) * lengths[:, None]).to(recording.training.images.dtype)
    parts = [_in_basis(ExamplePass(recording.training.network, recording.end, part), along) for part in pixels]
    logits, found = (torch.cat(column).numpy() for column in zip(*parts, strict=True))
    return logits, found


def _in_basis(passed: ExamplePass, directions: Tensor) -> tuple[Tensor, Tensor]:
    of_logits = []
    for logit in range(passed.logits.shape[1]):
        slopes = torch.zeros_like(passed.logits)
        slopes[:, logit] = 1
        thetas = passed.gradients(slopes)
        of_logits.append(torch.stack([flat(*pair) for pair in zip(thetas, passed.statistics(thetas), strict=True)]))
    return passed.logits, torch.stack(of_logits, dim=1) @ directions.T
