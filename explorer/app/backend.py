"""Process-wide caches of runs, explanations and manifests, shared by all browsers; cached values are read-only."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

import numpy as np

from explorer.app import whole_network
from explorer.app.background.pausing import pauser
from explorer.app.components.methods.whole_methods import WHOLE_METHODS
from explorer.attribution import ESTIMATORS
from explorer.core import home
from explorer.core.errors import DamagedError
from explorer.core.keyed_cache import KeyedCache, keyed_cache
from explorer.core.progress import Progress
from explorer.evaluation.flip import Flip
from explorer.evaluation.group_influence import joint_probabilities
from explorer.evaluation.outliers import Outliers
from explorer.evaluation.outliers import outliers as measured_outliers
from explorer.runs import store
from explorer.runs.manifest import Manifest
from explorer.runs.results import explanation, flipping_sets
from explorer.runs.results.audit import AuditResult, load_audit, trusted_rows
from explorer.runs.results.explanation import Explanation
from explorer.runs.run import Run
from explorer.runs.whole_network.self_influence import last_kept

# A run with its factor takes about 250 MB at 10,000 images; explanations about 90 kB each (five times that at 50,000).
RUNS, EXPLANATIONS, FLIPS = 3, 512, 64
# What both galleries do together is said where it takes so many multiplications: some milliseconds.
TOGETHER_PRODUCTS = 100_000_000
# Manifests of some kB: the menu of runs asks for all of them.
MANIFESTS = 512
# A folder's time of change is exact to some milliseconds; what was read sooner after a change is read again.
SETTLED_SECONDS = 1.0
# Iterative solvers take seconds, so one runs at a time: two would leave no core to other people's clicks.
_slow = threading.Lock()
# Pages that wait for an explanation, one entry each; prefetching pauses for them.
_waiting: list[object] = []
_passed = threading.Condition()
_opened = KeyedCache(store.load_run, RUNS)


def run(run_id: str) -> Run:
    """Return an opened run; sessions that ask at the same time share one opening."""
    return _opened(run_id)


@keyed_cache(RUNS)
def warm_run(run_id: str) -> Run:
    """Return an opened run whose curvature is factorised already."""
    opened = run(run_id)
    opened.warm_up()
    return opened


def _solver_lock(method: str) -> AbstractContextManager[object]:
    """Return the lock that a method holds while it computes; none but iterative solvers needs one."""
    method_class = ESTIMATORS.get(method)
    return _slow if method_class and method_class.iterative else nullcontext()


def explain(run_id: str, index: int, method: str, top: int, target: str | None = None) -> Explanation:
    """Return the explanation of one test image.

    Raises:
        NotThereYetError: a method for the whole network needs a long work first.
    """
    if method in WHOLE_METHODS:
        return _whole_explanations(run_id, index, method, top, target, whole_network.grown(run(run_id), method))
    return _explanations(run_id, index, method, top, target)


@keyed_cache(EXPLANATIONS)
def _whole_explanations(run_id: str, index: int, method: str, top: int, target: str | None, grown: int) -> Explanation:
    """Return an explanation by the whole network; ``grown`` is how far the method had grown."""
    with _page_waiting():
        return whole_network.explain(warm_run(run_id), index, method, top, target)


def answering_method(run_id: str, index: int, method: str, target: str | None = None) -> str:
    """Return ``method`` where it answers at once, else the run's own, for pages that only glance at an explanation."""
    opened = run(run_id)
    waits = method in WHOLE_METHODS and whole_network.needed(opened, index, method, target) is not None
    return opened.default_method if waits else method


def answers_ahead(run_id: str, method: str) -> bool:
    """Return whether a method may explain test images before anybody asks: the run's own, and what takes milliseconds."""
    if method == "replay-basis":
        return whole_network.basis_needed(run(run_id)) is None
    if method in WHOLE_METHODS:
        return False
    return method == run(run_id).default_method or not ESTIMATORS[method].iterative


@keyed_cache(EXPLANATIONS)
def _explanations(run_id: str, index: int, method: str, top: int, target: str | None) -> Explanation:
    opened = warm_run(run_id)
    with _page_waiting(), _solver_lock(method):
        return explanation.explain(opened, index, method, top, target)


def first_estimate(run_id: str, index: int, method: str, top: int, target: str | None = None) -> Explanation | None:
    """Return an explanation to look at while the exact one is computed; None where that is there, or takes no longer than a click."""
    if method in WHOLE_METHODS or (run_id, index, method, top, target) in _explanations:
        return None
    opened = warm_run(run_id)
    with _page_waiting():
        return explanation.first_estimate(opened, index, method, top, target)


def explain_telling(
    run_id: str, index: int, method: str, top: int, target: str | None, progress: Progress
) -> Explanation:
    """Return the explanation of one test image by a method of the last layer; ``progress`` is told how far it is, and may end it."""
    key, opened = (run_id, index, method, top, target), warm_run(run_id)
    with _page_waiting(), _solver_lock(method):
        if key not in _explanations:
            _explanations.put(key, explanation.explain(opened, index, method, top, target, progress))
    return _explanations(*key)


@contextmanager
def _page_waiting() -> Iterator[None]:
    """Context manager: a page waits for what the block computes, so that background work pauses."""
    page = object()
    _waiting.append(page)
    try:
        with pauser.page():
            yield
    finally:
        with _passed:
            _waiting.remove(page)
            _passed.notify_all()


def yield_to_pages() -> None:
    """Block a background thread until no page waits for an explanation."""
    with _passed:
        _passed.wait_for(lambda: not _waiting)


@keyed_cache(EXPLANATIONS)
def together(
    run_id: str, index: int, method: str, top: int, target: str | None = None
) -> tuple[float | None, float | None]:
    """Return the predicted probability of the class explained without all helpful images shown, and without all harmful ones.

    None where that would keep a click waiting, or where scores predict no refit.
    """
    if method in WHOLE_METHODS:
        return None, None
    opened, found = warm_run(run_id), explain(run_id, index, method, top, target)
    work = top * opened.curvature.free_weights**2
    if ESTIMATORS[method].unit != "nats" or not opened.curvature.dense or work > TOGETHER_PRODUCTS:
        return None, None
    features, row = np.asarray(opened.test_features[index]), opened.class_index(found.target)
    sides = [[entry.train_index for entry in side] for side in (found.helpful, found.harmful)]
    groups = [np.array(rows) for rows in sides if rows]
    known = iter(joint_probabilities(opened.curvature, groups, features, row) if groups else [])
    helpful, harmful = (next(known) if rows else None for rows in sides)
    return helpful, harmful


@keyed_cache(FLIPS)
def flip(run_id: str, index: int, relabel: bool = False) -> Flip:
    """Return the smallest set of training images whose removal, or relabelling, flips a prediction; searched where nobody did yet."""
    return flipping_sets.find_flip(warm_run(run_id), index, relabel)


@keyed_cache(FLIPS)
def known_flip(run_id: str, index: int, relabel: bool = False) -> Flip | None:
    """Return the flipping set that was searched before, or None."""
    return flipping_sets.load_flip(run(run_id), index, relabel)


def explain_many(run_id: str, indices: Sequence[int], method: str, top: int) -> list[Explanation]:
    """Return explanations of a few test images for their true labels; those that are missing are computed together."""
    if method not in WHOLE_METHODS:
        missing = [index for index in indices if (run_id, index, method, top, None) not in _explanations]
        for computed in explanation.explain_many(warm_run(run_id), missing, method, top) if missing else []:
            _explanations.put((run_id, computed.index, method, top, None), computed)
    return [explain(run_id, index, method, top) for index in indices]


def effects(run_id: str, train_index: int, method: str) -> np.ndarray:
    """Return the scores ``(m,)`` of one training image on all test images.

    Raises:
        NotThereYetError: the method is one for the whole network, and nothing of it is there.
    """
    if method in WHOLE_METHODS:
        return _whole_effects(run_id, train_index, whole_network.grown(run(run_id), method))
    return _effects(run_id, train_index, method)


@keyed_cache(EXPLANATIONS)
def _effects(run_id: str, train_index: int, method: str) -> np.ndarray:
    """Return them by a method for the last layer."""
    opened = warm_run(run_id)
    with _solver_lock(method):
        return explanation.effects(opened, train_index, method)


@keyed_cache(EXPLANATIONS)
def _whole_effects(run_id: str, train_index: int, grown: int) -> np.ndarray:
    """Return them by the whole network; ``grown`` is how far its basis has grown."""
    return whole_network.effects(warm_run(run_id), train_index)


def audit(run_id: str, trusted: str) -> AuditResult | None:
    """Return the stored audit of a run that trusts these test images, or None where there is none yet.

    Raises:
        ExplorerError: too few test images are trusted.
    """
    return _audits(run_id, trusted, tuple(trusted_rows(run(run_id), trusted).tolist()), last_kept(run_id))


@keyed_cache(RUNS)
def _audits(run_id: str, trusted: str, rows: tuple[int, ...], whole: int) -> AuditResult | None:
    """Return the stored audit.

    ``rows`` are the trusted test images now, which a person may change at any time; ``whole`` is when the whole network's evidence was kept.
    """
    return load_audit(run(run_id), trusted)


@keyed_cache(RUNS)
def outliers(run_id: str) -> Outliers:
    """Return leverage, residual and self-influence of a run's training images.

    Raises:
        ExplorerError: the head is too large for leverages.
    """
    return measured_outliers(run(run_id).curvature)


@keyed_cache(MANIFESTS)
def manifest(run_id: str) -> Manifest:
    """Return a run's manifest without opening its arrays."""
    return store.load_manifest(run_id)


def runs() -> dict[str, str]:
    """Return the names of all runs and their ids, the latest first; damaged ones are left out."""
    changed = store.names_changed()
    if time.time() - changed / 1e9 < SETTLED_SECONDS:
        return _runs.compute(str(home.runs()), changed)
    return _runs(str(home.runs()), changed)


@keyed_cache(1)
def _runs(folder: str, changed: int) -> dict[str, str]:
    runs_by_name = {}
    for name, run_id in store.names().items():
        try:
            manifest(run_id)
        except DamagedError:
            continue
        runs_by_name[name] = run_id
    return runs_by_name
