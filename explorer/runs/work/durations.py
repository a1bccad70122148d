"""How long each stage of a work takes on this computer: as it took the last time, else as it was measured elsewhere."""

import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from explorer.core import home
from explorer.core.cached_result import CachedResult, cached_dict
from explorer.core.errors import DamagedError, ExplorerError
from explorer.runs import store
from explorer.runs.build import preflight_store
from explorer.runs.manifest import Manifest
from explorer.runs.work.whole_progress import START

# Size of the run on which the table below was measured: 10,000 training images of 1,281 features, two classes.
REFERENCE_SIZE = 10_000 * 1281
# Seconds that the product of PRODUCT took there; a computer on which it takes twice as long is taken to be half as fast.
REFERENCE_PRODUCT, PRODUCT = 0.030, (2000, 1281, 256)
# Work in one thread takes so many times as long as in two.
ONE_THREAD = 1.6
# Start of the program until the first stage, and reading the run.
STARTING = 3.0
# Seconds of each stage there, in their order, with two cores. An experiment has its own entry.
REFERENCE: dict[str, dict[str, float]] = {
    "map": {"Principal components": 2.0, "Layout by t-SNE": 70.0},
}
# Which part of a build's estimate (`preflight`) each of its stages is.
BUILD_STAGES = {
    "Reading pictures": ("data", 1.0),
    "Training small-cnn": ("training", 1.0),
    "Features of training images": ("features", 0.8),
    "Features of test images": ("features", 0.2),
    "Choosing λ": ("fit", 0.7),
    "Fitting the head": ("fit", 0.1),
    "Measuring the curvature": ("fit", 0.1),
    "Weighing every image": ("fit", 0.1),
}
Stages = dict[str, float]


def expected(kind: str, name: str, words: Sequence[str], background: bool = False) -> Stages:
    """Return the seconds that each stage of a work is expected to take, the start of the program as ``""``.

    Args:
        kind: of the work.
        name: of the run.
        words: its command line.
        background: whether it has one thread.

    Returns:
        Seconds by stage, in their order; nothing where nothing is known.
    """
    if kind == "build" and (checked := _checked_build(words)):
        return checked
    key, size = key_of(kind, words), size_of(name)
    slower = ONE_THREAD if background else 1.0
    scale = (size / REFERENCE_SIZE if size else 1.0) * slower * speed()
    found = {stage: seconds * scale for stage, seconds in REFERENCE.get(key, {}).items()}
    known = _learned().load() or {}
    for threads, other in (("two", background), ("one", not background)):
        for stage, (seconds, learned_size) in known.get(f"{key}, {threads}", {}).items():
            found[stage] = (
                seconds * (size / learned_size if size and learned_size else 1.0) * (slower if other else 1.0)
            )
    return {START: STARTING * speed()} | found if found else {}


def seconds(kind: str, name: str, words: Sequence[str], background: bool = False) -> float | None:
    """Return how long a work is expected to take; None where nothing is known."""
    stages = expected(kind, name, words, background)
    return sum(stages.values()) if stages else None


def learn(kind: str, name: str, words: Sequence[str], background: bool, took: Mapping[str, float]) -> None:
    """Keep how long the stages of a finished work took, for the next one of its kind.

    Raises:
        ExplorerError: the disk is full or cannot be written.
    """
    key = f"{key_of(kind, words)}, {'one' if background else 'two'}"
    known = _learned().load() or {}
    size = size_of(name)
    known[key] = known.get(key, {}) | {stage: [round(spent, 3), size] for stage, spent in took.items()}
    _learned().save(known)


def key_of(kind: str, words: Sequence[str]) -> str:
    """Return what works have in common that take as long as one another on the same run."""
    if kind == "experiment":
        return " ".join((kind, *(word.removeprefix("--set=") for word in words[3:] if word != "--set")))
    if kind == "trust":
        return " ".join((kind, *words[3:]))
    return kind


def size_of(name: str) -> int:
    """Return the number of training features of a run; 0 where there is none of that name yet."""
    try:
        run_id = store.resolve(name)
        return store.load_manifest(run_id).n_train * _width(store.load_manifest(run_id))
    except (ExplorerError, OSError, ValueError):
        return 0


def _width(manifest: Manifest) -> int:
    path = store.run_folder(manifest.run_id) / "train_features.npy"
    return int(np.load(path, mmap_mode="r").shape[1]) if path.is_file() else 0


def _checked_build(words: Sequence[str]) -> Stages:
    """Return what a check of the same request has measured; nothing where there was none."""
    try:
        report = preflight_store.load(preflight_store.key_of(words))
    except (DamagedError, ExplorerError):
        return {}
    if report is None:
        return {}
    parts: dict[str, Any] = report["seconds"]
    stages = {stage: parts.get(part, 0.0) * share for stage, (part, share) in BUILD_STAGES.items()}
    return {START: parts.get("start", STARTING)} | {stage: spent for stage, spent in stages.items() if spent}


@cache
def speed() -> float:
    """Return how many times as long as on the reference a product takes here: the quickest of three."""
    rows, inner, columns = PRODUCT
    left, right = np.ones((rows, inner)), np.ones((inner, columns))
    with threadpool_limits(1, user_api="blas"):
        return min(_timed(left, right) for _ in range(3)) / REFERENCE_PRODUCT


def _timed(left: np.ndarray, right: np.ndarray) -> float:
    start = time.thread_time()  # of the processor: other programs may run now
    _ = left @ right
    return time.thread_time() - start


def _learned() -> CachedResult[dict[str, Any]]:
    return cached_dict(_path())


def _path() -> Path:
    return home.root() / "jobs" / "durations.json"
