"""What the pages ask of the program, kept by ids and plain values; one of each for all browsers, never changed."""

import threading
from functools import lru_cache
from typing import Any

import numpy as np

from explorer.errors import DamagedError
from explorer.runs import explanation, store
from explorer.runs.explanation import Explanation
from explorer.runs.run import Run

# A run with its factor takes about 250 MB at 10,000 images; explanations about 80 kB each.
RUNS, EXPLANATIONS = 3, 256
_lock = threading.Lock()


@lru_cache(maxsize=RUNS)
def _opened(run_id: str) -> Run:
    return store.load_run(run_id)


def run(run_id: str) -> Run:
    """Return an opened run; two sessions that ask at once share one opening."""
    with _lock:
        return _opened(run_id)


@lru_cache(maxsize=RUNS)
def _warm(run_id: str) -> None:
    run(run_id).warm_up()


def warm_run(run_id: str) -> Run:
    """Return a run whose first explanation does not have to wait for the factor."""
    with _warming:
        _warm(run_id)
    return run(run_id)


_warming = threading.Lock()


@lru_cache(maxsize=EXPLANATIONS)
def explain(run_id: str, index: int, method: str, top: int, target: str | None) -> Explanation:
    """Return the explanation of one test image."""
    return explanation.explain(warm_run(run_id), index, method, top, target)


@lru_cache(maxsize=EXPLANATIONS)
def effects(run_id: str, train_index: int, method: str) -> np.ndarray:
    """Return the scores ``(m,)`` of one training image on all test images."""
    return explanation.effects(warm_run(run_id), train_index, method)


@lru_cache(maxsize=RUNS)
def manifest(run_id: str) -> dict[str, Any]:
    """Return a run's manifest without opening its arrays."""
    return store.load_manifest(run_id)


def runs() -> dict[str, str]:
    """Return the names of all runs and their ids, the latest first; damaged ones are left out."""
    found = {}
    for name, run_id in store.names().items():
        try:
            manifest(run_id)
        except DamagedError:
            continue
        found[name] = run_id
    return found
