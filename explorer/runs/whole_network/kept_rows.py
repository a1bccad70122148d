"""Exact replays that are kept: what each epoch of the training added to a question's derivative."""

from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import numpy as np

from explorer.attribution.whole_network import Questions, Recording
from explorer.core.cached_result import cached_array
from explorer.core.checksums import canonical, digest
from explorer.core.files import lock
from explorer.core.progress import Progress, silent
from explorer.runs.whole_network.kept_passes import passed

# Questions that share a pass back; more take memory and gain nothing.
TOGETHER = 16


@dataclass(frozen=True)
class KeptRows:
    """Exact derivatives in a folder that belongs to one recorded training.

    Attributes:
        folder: where they are kept.
    """

    folder: Path

    def load(self, questions: Questions) -> np.ndarray | None:
        """Return df/dw by epoch ``(k, E, n)`` where all questions were answered before, else None."""
        found = [cached_array(self._file(name)).load() for name in question_ids(questions)]
        known = [each for each in found if each is not None]
        return np.stack(known) if len(known) == len(found) else None

    def derivatives(self, recording: Recording, questions: Questions, progress: Progress = silent) -> np.ndarray:
        """Return df/dw by epoch ``(k, E, n)``; what is not kept is replayed now.

        Raises:
            ExplorerError: the disk is full or cannot be written.
        """
        names = question_ids(questions)
        with lock(self.folder / "replays"):
            new = [row for row, name in enumerate(names) if cached_array(self._file(name)).load() is None]
            for first in range(0, len(new), TOGETHER):
                self._replay(recording, questions, names, new[first : first + TOGETHER], progress)
        found = self.load(questions)
        assert found is not None  # it was just written
        return found

    def _replay(
        self, recording: Recording, questions: Questions, names: list[str], rows: list[int], progress: Progress
    ) -> None:
        asked = questions if questions.together else _taken(questions, rows)
        way = self.folder / f"pass-{digest(canonical([names[row] for row in rows]))[:16]}.safetensors"
        found = passed(recording, lambda: asked.gradients(recording), way, progress).numpy()
        for row, each in zip(rows, found, strict=True):
            cached_array(self._file(names[row])).save(each)
        way.unlink(missing_ok=True)

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.npy"


def question_ids(questions: Questions) -> list[str]:
    """Return a hash of each question: its pictures, targets, and whether loss or margin is meant."""
    rows = (
        [[*range(len(questions.targets))]] if questions.together else [[row] for row in range(len(questions.targets))]
    )
    return [_id(_taken(questions, row)) for row in rows]


def _id(questions: Questions) -> str:
    hashed = sha256(canonical({"kind": questions.kind, "together": questions.together}))
    hashed.update(questions.pixels.contiguous().numpy().tobytes())
    hashed.update(questions.targets.numpy().astype(np.int64).tobytes())
    return hashed.hexdigest()[:32]


def _taken(questions: Questions, rows: list[int]) -> Questions:
    return replace(questions, pixels=questions.pixels[rows], targets=questions.targets[rows])
