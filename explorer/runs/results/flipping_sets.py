"""The smallest flipping set of a test image, searched once for a run and kept on disk."""

from typing import Any

import numpy as np

from explorer.core import home
from explorer.core.cached_result import CachedResult, cached_json
from explorer.evaluation.flip import Flip, smallest_flip
from explorer.runs.run import Run

# Counted up when the search would find another set, so that what an older version kept is searched again.
VERSION = 1


def find_flip(run: Run, index: int, relabel: bool = False) -> Flip:
    """Return the smallest set of training images whose removal, or relabelling, changes a test image's predicted label.

    It is read where it was found before.

    Raises:
        ExplorerError: the run has no such test image.
    """
    return _cached(run, index, relabel).get_or_compute(lambda: _searched(run, index, relabel))


def load_flip(run: Run, index: int, relabel: bool = False) -> Flip | None:
    """Return the set that was found before, or None where nobody searched for it.

    Raises:
        ExplorerError: the run has no such test image.
    """
    return _cached(run, index, relabel).load()


def first_mistake(run: Run) -> int | None:
    """Return the wrong prediction that the overview opens on: the surest of the first class, else of all; None where all are right."""
    wrong = run.confidently_wrong(0)
    wrong = wrong if len(wrong) else run.confidently_wrong()
    return int(wrong[0]) if len(wrong) else None


def _searched(run: Run, index: int, relabel: bool) -> Flip:
    return smallest_flip(run.scorer("newton"), np.asarray(run.test_features[index]), relabel)


def _cached(run: Run, index: int, relabel: bool) -> CachedResult[Flip]:
    way = "relabelling" if relabel else "removing"
    path = home.root() / "flips" / run.id / f"{run.check_test(index)}-{way}.json"
    return cached_json(path, _encoded, _decoded, {"version": VERSION})


def _encoded(flip: Flip) -> dict[str, Any]:
    return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in vars(flip).items()}


def _decoded(content: dict[str, Any]) -> Flip:
    whole = {name: np.array(content[name], dtype=np.int64) for name in ("rows", "labels") if content[name] is not None}
    figures = {name: np.array(content[name], dtype=float) for name in ("pushes", "helping", "hindering")}
    plain = {name: content[name] for name in ("before", "after", "margin")}
    return Flip(**({"rows": None, "labels": None} | whole | figures | plain))
