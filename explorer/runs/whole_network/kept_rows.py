"""Exact replays that are kept: what each epoch of the training added to a question's derivative."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from explorer.attribution.whole_network import Questions, Recording
from explorer.core.cached_result import cached_array
from explorer.core.checksums import canonical, digest
from explorer.core.files import lock
from explorer.core.progress import Progress, silent
from explorer.runs.whole_network.kept_files import epochs_file, load_epochs
from explorer.runs.whole_network.kept_passes import passed

# Questions that share a pass back; more take memory and gain nothing.
TOGETHER = 16


def exact_by_epoch(
    folder: Path,
    recording: Recording,
    names: Sequence[str],
    questions: Callable[[], Questions],
    progress: Progress = silent,
) -> np.ndarray:
    """Return df/dw by epoch ``(k, E, n)``; what is not kept in the folder is replayed now, and kept.

    Args:
        folder: of one recorded training.
        recording: of it.
        names: of the questions, by which they are kept.
        questions: called where something has to be replayed.
        progress: told the steps done.

    Raises:
        ExplorerError: the disk is full or cannot be written.
    """
    with lock(folder / "replays"):
        new = [row for row, name in enumerate(names) if load_epochs(folder, [name]) is None]
        for first in range(0, len(new), TOGETHER):
            _replay(folder, recording, names, questions(), new[first : first + TOGETHER], progress)
    found = load_epochs(folder, names)
    assert found is not None  # it was just written
    return found


def _replay(
    folder: Path, recording: Recording, names: Sequence[str], questions: Questions, rows: list[int], progress: Progress
) -> None:
    asked = questions if questions.together else _taken(questions, rows)
    way = folder / f"pass-{digest(canonical([names[row] for row in rows]))[:16]}.safetensors"
    found = passed(recording, lambda: asked.gradients(recording), way, progress).numpy()
    for row, each in zip(rows, found, strict=True):
        cached_array(epochs_file(folder, names[row])).save(each)
    way.unlink(missing_ok=True)


def _taken(questions: Questions, rows: list[int]) -> Questions:
    return replace(questions, pixels=questions.pixels[rows], targets=questions.targets[rows])
