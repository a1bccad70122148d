"""From raw features in files to a run in shards: one scale, λ, the head, its curvature, the folder; nothing holds all rows.

Every stage is sums and maps over shards by an engine. What is finished lies in the working folder, named by what it was made of, and
the same command goes on from it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from explorer.attribution.sharded import weighed
from explorer.core.errors import ExplorerError
from explorer.core.files import save_array, writing, writing_folder
from explorer.core.progress import Progress
from explorer.engine import Engine
from explorer.models.head import Head
from explorer.models.sharded_head import choose_l2_over_shards, fit_over_shards, standardised_table
from explorer.models.sharded_head.newton import DENSE
from explorer.models.sharded_head.scaling import SCALED, RawRows
from explorer.models.standardisation import standardised
from explorer.runs.build.custom_network import custom_network_facts
from explorer.runs.build.facts import Built, Seconds, timed
from explorer.runs.build.plan import Plan
from explorer.runs.build.recorded_training import keep_tuned
from explorer.runs.run import TABLE
from explorer.runs.store import run_folder
from explorer.shards import ShardedRows, link

# Of the training images and of the test images.
Files = tuple[Sequence[Path], Sequence[Path]]


@dataclass(frozen=True, eq=False)
class ShardedFit:
    """A head over a table of shards, ready to be saved.

    Attributes:
        head: over the rows.
        rows: with ``removals`` and ``leverages`` beside the features, for two classes.
        factor: of the Hessian; None where conjugate gradients do without.
        curve: mean log-loss of each λ that was tried.
        scaling: mean and deviation of the raw features.
    """

    head: Head
    rows: ShardedRows
    factor: np.ndarray | None
    curve: dict[float, float]
    scaling: dict[str, np.ndarray]


def fit_in_shards(
    raw: RawRows,
    labels: np.ndarray,
    classes: int,
    l2: float | None,
    working: Path,
    engine: Engine,
    seconds: Seconds,
    progress: Progress,
) -> ShardedFit:
    """Return the head of raw features in files.

    Args:
        raw: of the training images.
        labels: of its kept rows ``(n,)``.
        classes: C.
        l2: λ; None where it is chosen here.
        working: a folder that all workers see; the table is written below it.
        engine: what does the shards.
        seconds: where the stages' durations are noted.
        progress: called after every shard of a stage.
    """
    work = working / "sums"
    with timed(seconds, "standardisation"):
        rows, mean, deviation = standardised_table(raw, {"labels": labels}, working / TABLE, engine, work, progress)
    with timed(seconds, "lambda"):
        curve = {} if l2 else choose_l2_over_shards(rows, labels, classes, engine, work, progress)
    with timed(seconds, "head"):
        chosen = l2 or min(curve, key=lambda value: curve[value])
        head = fit_over_shards(rows, labels, classes, chosen, engine, work, progress)
    factor = None
    with timed(seconds, "curvature"):
        if classes == 2 and rows.shape[1] <= DENSE:
            rows, factor = weighed(head, rows, engine, work, progress)
    return ShardedFit(head, rows, factor, curve, {"mean": mean, "deviation": deviation})


def save_in_shards(
    planned: Plan,
    network: nn.Module,
    recipe: Mapping[str, Any],
    files: Files,
    run_id: str,
    working: Path,
    seconds: Seconds,
    engine: Engine,
    progress: Progress,
    more: Mapping[str, Any] = {},
) -> None:
    """Fit the head to raw features in files, and write the run.

    Args:
        planned: the request.
        network: that made the features.
        recipe: what determines them beside the pictures.
        files: of the chosen training images and of the test images, float32, in the order of the rows.
        run_id: names the run's folder.
        working: of this build.
        seconds: where the stages' durations are noted.
        engine: what does the shards.
        progress: called after every shard of a stage.
        more: facts for the manifest.

    Raises:
        ExplorerError: a class has no training image.
    """
    classes, labels = len(planned.dataset.class_names), planned.train.labels
    if len(np.unique(labels)) < classes:
        raise ExplorerError("A class has no training image; give at least one image of every class.")
    kept = np.isin(planned.chosen, planned.rows)
    fitted = fit_in_shards(
        RawRows(files[0], kept=kept), labels, classes, planned.config.l2, working, engine, seconds, progress
    )
    custom = custom_network_facts(planned, network, RawRows(files[0], kept=kept), RawRows(files[1]))
    with writing_folder(run_folder(run_id), sum(map(_size, files[1]))) as folder:
        with timed(seconds, "saving"):
            link(fitted.rows.table, folder / TABLE)
            test = save_standardised(folder / "test_features.npy", files[1], fitted.scaling)
            if fitted.factor is not None:
                save_array(folder / "factor.npy", fitted.factor)
            keep_tuned(working, folder)
            built = Built(planned, run_id, network, recipe, custom, fitted.head, test, fitted.curve, fitted.scaling)
            built.save_small(folder)
        built.save_manifest(folder, seconds, more, progress)


def save_standardised(path: Path, files: Sequence[Path], scaling: Mapping[str, np.ndarray]) -> np.ndarray:
    """Write raw features as one array on the scale of the training images, last column 1, by pieces; return its memory map."""
    shapes = [np.load(file, mmap_mode="r", allow_pickle=False).shape for file in files]
    shape = (sum(shape[0] for shape in shapes), shapes[0][1] + 1)
    header = {"descr": np.dtype(np.float64).str, "fortran_order": False, "shape": shape}
    with writing(path) as temporary, temporary.open("wb") as stream:
        np.lib.format.write_array_header_1_0(stream, header)
        for block in _blocks(files):
            stream.write(standardised(block, scaling["mean"], scaling["deviation"]).tobytes())
    return np.load(path, mmap_mode="r", allow_pickle=False)


def _blocks(files: Sequence[Path]) -> Iterator[np.ndarray]:
    for file in files:
        rows = np.load(file, mmap_mode="r", allow_pickle=False)
        for start in range(0, len(rows), SCALED):
            yield rows[start : start + SCALED]


def _size(path: Path) -> int:
    """Return the bytes of a file's float32 numbers in float64."""
    return 2 * path.stat().st_size
