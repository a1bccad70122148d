"""What a build in shards will take: seconds by a rehearsal of its own stages, bytes in memory by the shard, bytes on disk."""

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from explorer.core.progress import silent
from explorer.engine import DaskCluster, Engine, Processes, engine_of
from explorer.engine.processes import cores
from explorer.models.sharded_head.scaling import PIECE, RawRows
from explorer.runs.build.cost import FLOAT, SMALL, Sizes
from explorer.runs.build.sharded_fit import fit_in_shards
from explorer.shards import ROWS

# Rows of the first rehearsal, a second or two of work, and how often the second one has them: what both take alike (tasks that
# are sent, eigenvectors of a d × d matrix) is no matter of rows.
REHEARSED, TIMES = 4_096, 3
# Rows that bring workers into being.
WARMING = 64
# Of a stored feature: half precision and its int8 copy; and of a row beside them: scale, error, label, leverage.
STORED, BESIDE = 3, 2 * SMALL + 2 * FLOAT


@dataclass(frozen=True)
class Crew:
    """The workers of a build.

    Attributes:
        name: what runs them, as ``--engine`` names it.
        count: how many work at once.
        here: whether they need the memory of this machine.
    """

    name: str
    count: int
    here: bool

    @staticmethod
    def of(word: str) -> "Crew":
        """Return the workers that ``--engine`` names; a scheduler elsewhere is asked how many it has.

        Raises:
            ExplorerError: it names none.
            UnavailableError: nobody answers at the address.
        """
        with engine_of(word) as engine:
            away = isinstance(engine, DaskCluster) and bool(engine.address)
            return Crew(word, engine.workers if away else cores(), not away)


def run_bytes_in_shards(sizes: Sizes) -> int:
    """Return the bytes of a run's folder in shards: both copies of the features, what stands beside each row, those of the test images."""
    rows = sizes.train * (STORED * sizes.width + BESIDE + FLOAT * sizes.classes)
    small = FLOAT * (3 * sizes.train + 2 * sizes.test + (sizes.classes + 2) * sizes.width)
    return rows + FLOAT * sizes.test * sizes.width + sizes.curvature + small


def shard_bytes(sizes: Sizes) -> int:
    """Return the bytes of the arrays of a worker where they are most: a shard while it is standardised, with the pieces that it is made of."""
    rows = min(ROWS, sizes.train) * sizes.width
    return (2 + STORED) * rows + 2 * FLOAT * min(PIECE, sizes.train) * sizes.width


def fit_seconds_in_shards(sizes: Sizes, l2: float | None, crew: Crew) -> float:
    """Return how long scale, λ, head and curvature take, from two rehearsals of these stages by worker processes of this machine.

    Args:
        sizes: of the run.
        l2: λ; None where it has to be chosen.
        crew: that will do it; each of its workers is taken to be as quick as one here.
    """
    rows = min(REHEARSED, sizes.train)
    with Processes() as engine:
        _rehearsal(engine, sizes, max(WARMING, sizes.classes), 1.0)
        first, second = (_rehearsal(engine, sizes, count, l2) for count in (rows, TIMES * rows))
    each = max(0.0, second - first) / ((TIMES - 1) * rows)
    return first + each * max(0, sizes.train - rows) * cores() / crew.count


def _rehearsal(engine: Engine, sizes: Sizes, rows: int, l2: float | None) -> float:
    """Return the seconds of the stages on numbers drawn at random, a shard a worker."""
    rng = np.random.default_rng(0)
    labels = np.arange(rows) % sizes.classes
    centres = 0.1 * rng.normal(size=(sizes.classes, sizes.width - 1))
    with tempfile.TemporaryDirectory() as folder:
        drawn = rng.normal(size=(rows, sizes.width - 1)) + centres[labels]
        np.save(Path(folder, "drawn.npy"), drawn.astype(np.float32))
        raw = RawRows([Path(folder, "drawn.npy")], rows_a_shard=-(-rows // engine.workers))
        start = time.perf_counter()
        fit_in_shards(raw, labels, sizes.classes, l2, Path(folder), engine, {}, silent)
        return time.perf_counter() - start
