"""Making and growing the basis of ``replay-basis``: each direction replayed once, sealed by groups, usable from the first."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from explorer.attribution.replays import ReplayBasis, units
from explorer.attribution.unrolled.replay_basis import flat, outputs_of, rounded
from explorer.attribution.whole_network import Recording
from explorer.attribution.whole_network.example_gradients import ExamplePass
from explorer.attribution.whole_network.replay_basis import ReplayedBasis
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
    tests_file,
)
from explorer.runs.whole_network.kept_passes import passed
from explorer.runs.whole_network.network_outputs import InBasis

STAGE = "Replaying directions"


def directions_of(folder: Path, recording: Recording, progress: Progress = silent) -> np.ndarray:
    """Return all directions ``(K, q)`` of a recorded training, found now, on its threads, where they are not kept.

    Raises:
        ExplorerError: the disk is full or cannot be written.
    """

    def found() -> np.ndarray:
        with on_threads(recording.training.threads):
            return ReplayedBasis(MOST).found_directions(recording, MOST, progress)

    return directions_file(folder).get_or_compute(found)


def grow(folder: Path, recording: Recording, count: int, progress: Progress = silent) -> ReplayBasis:
    """Return the basis with at least ``count`` directions, as far as there are so many; what is not kept is replayed now.

    Raises:
        ExplorerError: the disk is full or cannot be written.
    """
    with lock(folder / "replays"):
        found = directions_of(folder, recording, progress)
        for first in range(0, min(count, len(found)), GROUP):
            _replay(folder, recording, found, first, count, progress)
    basis = load_basis(folder)
    assert basis is not None  # it was just written
    return basis


def _replay(
    folder: Path, recording: Recording, directions: np.ndarray, first: int, count: int, progress: Progress
) -> None:
    number, training, mark = first // GROUP, recording.training, mark_of(directions)
    kept, way = group_file(folder, number), folder / f"pass-{number}-{mark[:4].tobytes().hex()}.safetensors"
    if along(kept.load(), directions) is None:
        vectors = units(directions[first : first + GROUP])
        found = passed(
            recording,
            lambda: outputs_of(vectors, training.network, training.images.dtype),
            way,
            lambda stage, done, total, figures={}: progress(STAGE, first + done / total * len(vectors), count),
        )
        table, scales = rounded(found.sum(1))
        kept.save({"table": table, "scales": scales, "of": mark})
    way.unlink(missing_ok=True)


def keep_tests(folder: Path, recording: Recording, pixels: Iterable[Tensor], progress: Progress = silent) -> None:
    """Keep how the test images' logits lie in the basis, where it is not kept.

    Args:
        folder: of the recorded training.
        recording: of it.
        pixels: of the test images, in parts ``(b, 3, s, s)``.
        progress: of a search for directions.

    Raises:
        ExplorerError: the disk is full or cannot be written.
    """
    kept = tests_file(folder)
    directions = directions_of(folder, recording, progress)
    if along(kept.load(), directions) is None:
        found = in_basis(recording, torch.from_numpy(units(directions)), pixels)
        kept.save(vars(found) | {"of": mark_of(directions)})


@torch.no_grad()
def in_basis(recording: Recording, directions: Tensor, pixels: Iterable[Tensor]) -> InBasis:
    """Return how the logits of pictures lie in a basis of unit directions ``(K, q)``."""
    parts = [_in_basis(ExamplePass(recording.training.network, recording.end, part), directions) for part in pixels]
    return InBasis(*(torch.cat(column).numpy() for column in zip(*parts, strict=True)))


def _in_basis(passed: ExamplePass, directions: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    of_logits = []
    for logit in range(passed.logits.shape[1]):
        slopes = torch.zeros_like(passed.logits)
        slopes[:, logit] = 1
        thetas = passed.gradients(slopes)
        of_logits.append(torch.stack([flat(*pair) for pair in zip(thetas, passed.statistics(thetas), strict=True)]))
    gradients = torch.stack(of_logits, dim=1)  # (b, C, q)
    return passed.logits, gradients @ directions.T, gradients @ gradients.transpose(1, 2)
