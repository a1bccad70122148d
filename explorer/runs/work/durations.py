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
from explorer.runs.work.whole_progress import END, START

# Size of the run on which the table below was measured: 10,000 training images of 1,281 features, two classes.
REFERENCE_SIZE = 10_000 * 1281
# Seconds that the product of PRODUCT took there; a computer on which it takes twice as long is taken to be half as fast.
REFERENCE_PRODUCT, PRODUCT = 0.030, (2000, 1281, 256)
# With two threads it takes this part of the time: most of it is spent in what one thread does.
TWO_THREADS = 0.85
# Start of the program until the first stage, and reading the run.
STARTING = 3.0
# Seconds of each stage there in one thread, in their order.
REFERENCE: dict[str, dict[str, float]] = {
    "audit": {"Choosing the audit's λ": 5.0, "Fitting the noise model": 6.2, "Collecting evidence": 12.1, END: 0.8},
    "repair": {
        "Choosing the audit's λ": 5.0,
        "Fitting the noise model": 6.2,
        "Collecting evidence": 12.1,
        "Comparing the rankings with the truth": 6.6,
        "Refitting the head": 0.4,
    },
    "groups": {"Finding groups": 15.4, "One step without each group": 7.4, "Refits without each group": 4.6},
    "duplicates": {"Comparing images": 2.6, "Looking at pairs": 0.8},
    "map": {"Principal components": 3.5, "Layout by t-SNE": 109.0},
    "trust": {
        "Refits: pairs": 47.0,
        "Refits: groups": 3.3,
        "Refits: subsets": 8.8,
        "Scores of all methods": 15.1,
        "Refits: halves at λ =": 13.0,
        "Refits: halves at λ = #2": 11.0,
        "Refits: halves at λ = #3": 8.4,
        "Refits: halves at λ = #4": 8.8,
    },
    "trust --pairs 200 --subsets 20": {
        "Refits: pairs": 4.7,
        "Refits: groups": 3.3,
        "Refits: subsets": 1.8,
        "Scores of all methods": 15.1,
        "Refits: halves at λ =": 6.6,
        "Refits: halves at λ = #2": 5.6,
        "Refits: halves at λ = #3": 4.2,
        "Refits: halves at λ = #4": 4.4,
    },
    "build --scenario article": {
        "Features of training images": 0.8,
        "Features of test images": 0.4,
        "Choosing λ": 12.3,
        "Fitting the head": 1.2,
        "Measuring the curvature": 0.2,
        END: 1.3,
    },
    # sixteen directions together take 19 trainings; from a run of 65 features
    "replay-basis --directions 16": {"Gradients of training images": 300.0, "Replaying directions": 55_000.0},
    "replay-basis --directions 64": {"Replaying directions": 166_000.0},
    "experiment large-leverage": {"Refits": 0.8, END: 1.4},
    "experiment group-effects": {"Refits without groups": 4.6},
    "experiment koh-liang-fig2": {"Refits": 24.8},
    "experiment koh-liang-fig2 model=small-cnn": {
        "Training the network": 40.0,
        "Settling": 20.0,
        "Training on without an image": 480.0,
    },
    "experiment cook-weisberg": {"Refits": 0.3},
    # one network a seed, 500 pictures
    "experiment seeds": {END: 60.0},
    # a check loads torch, decodes what is new and times the network; data that were checked before take as long as then
    "preflight": {END: 3.0},
    "build --dataset drawn-right --backbone mobilenet_v2 --seed 0 --l2 0.1 --as-read": {END: 1.5},
    "build --dataset cats-vs-dogs --backbone mobilenet_v2 --seed 0 --limit 1000 --l2 0.3 --as-read": {END: 2.5},
}
# Which part of a build's estimate (`preflight`) each of its stages is.
BUILD_STAGES = {
    "Reading pictures": ("data", 1.0),
    "Training small-cnn": ("training", 0.78),
    "Training small-cnn-smooth": ("training", 0.78),
    "Training the last block": ("training", 0.78),
    "What each epoch sees": ("training", 0.22),
    "Features of training images": ("features", 0.8),
    "Features of test images": ("features", 0.2),
    "Choosing λ": ("fit", 0.7),
    "Fitting the head": ("fit", 0.1),
    "Measuring the curvature": ("fit", 0.1),
    "Weighing every image": ("fit", 0.1),
}
# Options that say what a work is called, or which labels are wrong: neither makes it longer. Every game has noise of its own.
NAMES = ("--run", "--noise", "--noise-seed")
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
    faster = 1.0 if background else TWO_THREADS
    scale = (size / REFERENCE_SIZE if size else 1.0) * faster * speed()
    found = {
        stage: seconds * scale
        for stage, seconds in REFERENCE.get("preflight" if kind == "preflight" else key, {}).items()
    }
    known = _learned().load() or {}
    # what was seen with as many threads counts more
    for threads, ratio in (
        (("one", TWO_THREADS), ("two", 1.0)) if not background else (("two", 1 / TWO_THREADS), ("one", 1.0))
    ):
        for stage, (spent, learned_size) in known.get(f"{key}, {threads}", {}).items():
            found[stage] = spent * ratio * (size / learned_size if size and learned_size else 1.0)
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
    if kind in ("trust", "build", "preflight", "replay-basis", "replay-average"):
        return " ".join(_without(words, NAMES))
    return kind


def _without(words: Sequence[str], options: Sequence[str]) -> list[str]:
    """Return a command line without some options and their values."""
    return [word for before, word in zip(("", *words), words, strict=False) if not {before, word} & set(options)]


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
