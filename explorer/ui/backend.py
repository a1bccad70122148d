"""What the pages ask of the program, kept by ids and plain values; one of each for all browsers, never changed."""

import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from explorer import home
from explorer.errors import DamagedError
from explorer.runs import explanation, store
from explorer.runs.explanation import Explanation
from explorer.runs.run import Run

# A run with its factor takes about 250 MB at 10,000 images; explanations about 90 kB each.
RUNS, EXPLANATIONS = 3, 512
# A folder's time of change is exact to some milliseconds; what was read sooner after a change is read again.
SETTLED_SECONDS = 1.0
Key = tuple[str, int, str, int, str | None]
_lock = threading.Lock()
_warming = threading.Lock()
_kept: OrderedDict[Key, Explanation] = OrderedDict()


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


def explain(run_id: str, index: int, method: str, top: int, target: str | None = None) -> Explanation:
    """Return the explanation of one test image."""
    key = (run_id, index, method, top, target)
    found = _kept.get(key)
    return found or _keep(key, explanation.explain(warm_run(run_id), index, method, top, target))


def explain_many(run_id: str, indices: Sequence[int], method: str, top: int) -> list[Explanation]:
    """Return explanations of a few test images for their true labels; those that are missing are computed together."""
    missing = [index for index in indices if (run_id, index, method, top, None) not in _kept]
    for found in explanation.explain_many(warm_run(run_id), missing, method, top) if missing else []:
        _keep((run_id, found.index, method, top, None), found)
    return [explain(run_id, index, method, top) for index in indices]


def _keep(key: Key, found: Explanation) -> Explanation:
    _kept[key] = found
    while len(_kept) > EXPLANATIONS:
        _kept.popitem(last=False)
    return found


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
    changed = store.names_changed()
    if time.time() - changed / 1e9 < SETTLED_SECONDS:
        return _runs.__wrapped__(str(home.runs()), changed)
    return _runs(str(home.runs()), changed)


@lru_cache(maxsize=1)
def _runs(folder: str, changed: int) -> dict[str, str]:
    found = {}
    for name, run_id in store.names().items():
        try:
            manifest(run_id)
        except DamagedError:
            continue
        found[name] = run_id
    return found
