"""The growing basis of ``replay-basis``: directions once, then their replays, a group after the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from explorer.attribution.unrolled.replay_basis import ReplayBasis, outputs_of, rounded, units
from explorer.attribution.whole_network import Recording
from explorer.attribution.whole_network.replay_basis import GROUP, ReplayedBasis
from explorer.core.cached_result import cached_array
from explorer.core.files import lock
from explorer.core.keyed_cache import KeyedCache
from explorer.core.progress import Progress, silent
from explorer.runs.whole_network.kept_arrays import kept_arrays
from explorer.runs.whole_network.kept_passes import passed

# Directions that are found; of them as many are replayed as are asked for.
MOST = 128
STAGE = "Replaying directions"


@dataclass(frozen=True)
class KeptBasis:
    """Directions and replays in a folder that belongs to one recorded training.

    Attributes:
        folder: where they are kept.
    """

    folder: Path

    @property
    def replayed(self) -> int:
        """How many directions can be used."""
        return GROUP * sum(1 for _ in self._whole())

    def basis(self) -> ReplayBasis | None:
        """Return what was replayed until now; None where nothing was."""
        return _opened(self.folder, self.replayed)

    def directions(self, recording: Recording, progress: Progress = silent) -> np.ndarray:
        """Return all directions ``(K, q)``, replayed or not; K is less than ``MOST`` where there are fewer.

        Raises:
            ExplorerError: the disk is full or cannot be written.
        """
        kept = cached_array(self.folder / "directions.npy")
        return kept.get_or_compute(lambda: ReplayedBasis(MOST).found_directions(recording, MOST, progress))

    def grow(self, recording: Recording, count: int, progress: Progress = silent) -> ReplayBasis:
        """Return the basis with at least ``count`` directions, as far as there are so many, replayed now where they are not kept.

        Raises:
            ExplorerError: the disk is full or cannot be written.
        """
        with lock(self.folder / "replays"):
            found = self.directions(recording, progress)[:count]
            for first in range(0, len(found), GROUP):
                self._replay(recording, found, first, progress)
        basis = self.basis()
        assert basis is not None  # it was just written
        return basis

    def _replay(self, recording: Recording, directions: np.ndarray, first: int, progress: Progress) -> None:
        number, training = first // GROUP, recording.training
        kept, way = kept_arrays(self._file(number)), self.folder / f"pass-{number}.safetensors"
        if kept.load() is None:
            vectors = units(directions[first : first + GROUP])
            found = passed(
                recording,
                lambda: outputs_of(vectors, training.network, training.images.dtype),
                way,
                lambda stage, done, total, figures={}: progress(
                    STAGE, first + done / total * len(vectors), len(directions)
                ),
            )
            table, scales = rounded(found.sum(1))
            kept.save({"table": table, "scales": scales})
        way.unlink(missing_ok=True)

    def _file(self, number: int) -> Path:
        return self.folder / f"replayed-{number}.safetensors"

    def _whole(self) -> Iterator[Path]:
        number = 0
        while (path := self._file(number)).is_file():
            yield path
            number += 1


def _read(folder: Path, count: int) -> ReplayBasis | None:
    """Return a basis of ``count`` directions from its files; a damaged one ends it."""
    directions, groups = cached_array(folder / "directions.npy").load(), []
    for number in range(count // GROUP):
        found = kept_arrays(folder / f"replayed-{number}.safetensors").load()
        if found is None:
            break
        groups.append(found)
    if directions is None or not groups:
        return None
    table, scales = (np.concatenate([group[name] for group in groups]) for name in ("table", "scales"))
    return ReplayBasis(directions[: len(table)], table, scales)


_opened = KeyedCache(_read, 4)
