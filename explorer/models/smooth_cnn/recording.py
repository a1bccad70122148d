"""A training with all its states, in memory or on disk: what a derivative goes back through.

Where all states would be more than a gigabyte, every k-th is kept; those between are computed again, to the same bits, or undone by a
derivative that goes back through them (:mod:`explorer.attribution.unrolled.steps_back`).
On disk an epoch is one file, which counts when it is whole: a training that was killed goes on after its last whole epoch.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, cached_property
from hashlib import sha256
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np
import torch

from explorer.core.checksums import canonical, read_manifest, seal_array, sealed, write_manifest
from explorer.core.errors import DamagedError
from explorer.core.files import check_room, readable_errors
from explorer.core.progress import Progress, silent
from explorer.models.smooth_cnn.state_rows import Layout, layout, row_of, state_of
from explorer.models.smooth_cnn.training import State, Training

MANIFEST = "recording.json"
# Raised whenever the files mean something else.
FORMAT = 1


@dataclass(frozen=True, eq=False)
class Recording:
    """A training with all its states.

    Attributes:
        training: with the number of threads on which it was computed.
        rows: returns the kept states of an epoch ``(rows, width)``.
    """

    training: Training
    rows: Callable[[int], np.ndarray]

    @classmethod
    def open(cls, folder: Path, training: Training) -> "Recording":
        """Return the recording that :func:`record` wrote; the file of an epoch is compared with its checksum when it is needed.

        Raises:
            DamagedError: it is missing, unfinished, damaged, or of another training.
        """
        opened = _Folder.of(folder, training).opened()
        _ = opened.end  # an unfinished one is told at once
        return opened

    @cached_property
    def layout(self) -> Layout:
        """Which states are kept."""
        return layout_of(self.training)

    @property
    def end(self) -> State:
        """The state after the last step, a copy."""
        return self.state(self.training.steps)

    def state(self, step: int) -> State:
        """Return the state before a step, 0 ≤ ``step`` ≤ steps, a copy that may be changed; ``steps`` is the end.

        Raises:
            DamagedError: its file is missing, damaged or of another training.
        """
        if step == 0:
            return self.training.begin()
        epoch, row = self.layout.place(step)
        first = self.layout.step(epoch, row)
        found = self._kept(epoch, row) if first == step else self._after(epoch, row)[step - first - 1]
        return state_of(found, self.training.network, step)

    def keeps(self, step: int) -> bool:
        """Tell whether the state before a step is kept; else :meth:`state` computes it again."""
        return not step or self.layout.step(*self.layout.place(step)) == step

    def _kept(self, epoch: int, row: int) -> np.ndarray:
        return self.rows(epoch)[row] if row >= 0 else row_of(self.state(epoch * self.layout.each))

    def _after(self, epoch: int, row: int) -> np.ndarray:
        """Return the states after a kept one, up to the next ``(k − 1, width)``; the last piece asked for is held."""
        if (epoch, row) not in self._held:
            first, last = self.layout.step(epoch, row), self.layout.step(epoch, row + 1)
            begin = state_of(self._kept(epoch, row), self.training.network, first)
            self._held.clear()
            self._held[epoch, row] = np.stack([*map(row_of, self.training.advanced(begin, last - first - 1))])
        return self._held[epoch, row]

    @cached_property
    def _held(self) -> dict[tuple[int, int], np.ndarray]:
        return {}


def recorded(training: Training, progress: Progress = silent) -> Recording:
    """Return a training with all its states, in memory."""
    training = _fixed(training)
    kept: dict[int, np.ndarray] = {}
    _run(training, training.begin(), kept.__setitem__, progress)
    return Recording(training, kept.__getitem__)


def record(training: Training, folder: Path, progress: Progress = silent) -> Recording:
    """Return a training with all its states in ``folder``; one that was interrupted goes on after its last whole epoch.

    What lies there of another training is replaced.

    Raises:
        ExplorerError: the disk cannot be written, or has less room than the states need.
    """
    try:
        kept, known = _Folder.of(folder, training), True
    except DamagedError:
        kept, known = _Folder(folder, _fixed(training)), False
    recording = kept.opened()
    done = sum(1 for _ in takewhile(kept.whole, range(training.recipe.epochs)))
    needed = recording.layout.bytes - done * recording.layout.bytes_an_epoch
    with readable_errors(folder, needed):
        folder.mkdir(parents=True, exist_ok=True)
        check_room(folder, needed)
    if not known:
        write_manifest(folder / MANIFEST, kept.facts)
    if done < training.recipe.epochs:
        _run(kept.training, recording.state(done * recording.layout.each), kept.save, progress)
    return kept.opened()


def recorded_threads(folder: Path) -> int:
    """Return on how many threads the training in a folder was begun; 0 where none was."""
    with suppress(DamagedError):
        return int(read_manifest(folder / MANIFEST).get("threads", 0))
    return 0


def layout_of(training: Training) -> Layout:
    """Return which states of a training are kept."""
    number = training.images.element_size()
    return layout(training.network, training.recipe, len(training.labels), number)


def training_digest(training: Training) -> str:
    """Return the hash of what determines a training: network, recipe, pixels and labels."""
    hashed = sha256(canonical(training.identity))
    for part in training.images.split(1000):
        hashed.update(part.contiguous().numpy().tobytes())
    hashed.update(training.labels.numpy().tobytes())
    return hashed.hexdigest()


@dataclass(frozen=True, eq=False)
class _Folder:
    """A recording on disk: the manifest, and a file for each epoch, sealed together with what it belongs to."""

    path: Path
    training: Training

    @classmethod
    def of(cls, path: Path, training: Training) -> "_Folder":
        """Return the folder of this training, with the threads on which it was begun.

        Raises:
            DamagedError: there is none.
        """
        facts = read_manifest(path / MANIFEST)
        found = cls(path, replace(training, threads=int(facts.get("threads", 0))))
        if found.facts != facts:
            raise DamagedError(f"{path} holds the states of another training, or of another version; build it again.")
        return found

    @cached_property
    def facts(self) -> dict[str, Any]:
        """The manifest."""
        known = {"format": FORMAT, "training": training_digest(self.training), "threads": self.training.threads}
        return known | {"every": layout_of(self.training).every}

    def file(self, epoch: int) -> Path:
        return self.path / f"states-{epoch + 1}.sealed"

    def save(self, epoch: int, rows: np.ndarray) -> None:
        seal_array(self.file(epoch), rows, self._belongs(epoch))

    def whole(self, epoch: int) -> bool:
        return sealed(self.file(epoch), self._belongs(epoch))

    def opened(self) -> Recording:
        return Recording(self.training, cache(self._rows))

    def _rows(self, epoch: int) -> np.ndarray:
        if not self.whole(epoch):
            raise DamagedError(
                f"{self.file(epoch)} is missing or damaged, or belongs to another training; build it again."
            )
        return np.load(self.file(epoch), mmap_mode="r", allow_pickle=False)

    def _belongs(self, epoch: int) -> str:
        return canonical(self.facts | {"epoch": epoch}).decode()


def _fixed(training: Training) -> Training:
    """Return the training with a number of threads, so that what is computed again has the same bits."""
    return training if training.threads else replace(training, threads=torch.get_num_threads())


def _run(training: Training, state: State, save: Callable[[int, np.ndarray], None], progress: Progress) -> None:
    """Train to the end, and save the kept states of each epoch as soon as it is over."""
    kept, begun, rows = layout_of(training), state.step, []

    def seen(state: State) -> None:
        if state.step == begun:
            return
        epoch, row = kept.place(state.step)
        if kept.step(epoch, row) == state.step:
            rows.append(row_of(state))
        if len(rows) == kept.rows:
            save(epoch, np.stack(rows))
            rows.clear()

    seen(training.run(state, progress=progress, before=seen))
