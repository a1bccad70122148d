"""The trust report of a run: how far the scores of each method agree with refits after random removals, cached for the run."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from explorer.attribution import ESTIMATORS, Curvature, Scorer, Tests
from explorer.core import home
from explorer.core.cached_result import CachedResult, cached_array, cached_dict
from explorer.core.checksums import canonical, digest
from explorer.core.errors import ExplorerError
from explorer.core.progress import Progress
from explorer.evaluation.agreement import agreement, datamodeling_score, group_sums, measured_changes, removable_rows
from explorer.models.head import fit
from explorer.runs.run import Run

# Test images whose losses are measured; all of them for pairs and subsets, the first few for groups.
TESTS, GROUP_TESTS, GROUPS, GROUP_SIZE = 100, 20, 100, 100
# Other λ, as multiples of the run's, at which random halves are ranked; so many halves each settle a score to 0.01.
L2_TIMES, CURVE_SUBSETS = (0.1, 10**-0.5, 10**0.5, 10.0), 40
# Pairs that the report keeps for its picture; more points would lie on one another.
POINTS, PICTURED = 500, ("newton", "influence-cg")


@dataclass(frozen=True)
class RemovalSample:
    """What is drawn at random, from ``seed``.

    Attributes:
        pairs: (training image, test image); every training image is left out alone.
        subsets: random halves of the training set.
    """

    pairs: int = 2000
    subsets: int = 100
    seed: int = 0


def measure_agreement(run: Run, sample: RemovalSample, progress: Progress) -> dict[str, Any]:
    """Return for each method how far its scores agree with real refits; finished stages are not computed again.

    Raises:
        ExplorerError: too few pairs, subsets or training images for a correlation.
    """
    _check(sample)
    start, rng = time.perf_counter(), np.random.default_rng(sample.seed)
    shown = rng.choice(len(run.test_labels), min(TESTS, len(run.test_labels)), replace=False)
    tests = run.tests_of(shown)
    groups = _groups(run.train_labels, sample, rng)
    partners = rng.integers(len(shown), size=len(groups["pairs"]))
    measured = {
        stage: _measured(run.id, run.curvature, tests, stage, rows, sample, progress) for stage, rows in groups.items()
    }
    by_method: dict[str, dict[str, Any]] = {}
    for done, method in enumerate(run.methods):
        progress("Scores of all methods", done, len(run.methods))
        by_method[method] = _agreements(run.scorer(method), tests, groups, partners, measured, method in PICTURED)
    here = {"l2": run.head.l2, "times": 1.0} | by_method[run.default_method]["lds"]
    others = [_elsewhere(run, tests, groups["subsets"][:CURVE_SUBSETS], times, sample, progress) for times in L2_TIMES]
    report = {
        "run": run.id,
        "refits": {stage: len(rows) for stage, rows in groups.items()},
        "largest_leverage": float(run.curvature.leverages.max()) if run.curvature.dense else None,
        "methods": by_method,
        "curve": sorted([here, *others], key=lambda point: point["l2"]),
        "seconds": round(time.perf_counter() - start, 1),
    }
    _report(run.id).save(report)
    return report


def kept_agreement(run: Run, sample: RemovalSample) -> dict[str, Any] | None:
    """Return the report that was measured before with as many removals and the same methods, or None where there is none.

    Raises:
        ExplorerError: what :func:`measure_agreement` raises.
    """
    report = load_report(run.id)
    if report is None or list(report["methods"]) != list(run.methods):
        return None
    _check(sample)
    rng = np.random.default_rng(sample.seed)
    rng.choice(len(run.test_labels), min(TESTS, len(run.test_labels)), replace=False)  # as when it was measured
    drawn = {stage: len(rows) for stage, rows in _groups(run.train_labels, sample, rng).items()}
    return report if report["refits"] == drawn else None


def _check(sample: RemovalSample) -> None:
    if min(sample.pairs, sample.subsets) < 10:
        raise ExplorerError(f"{sample.pairs} pairs and {sample.subsets} subsets are too few; give at least 10 of each.")


def _groups(labels: np.ndarray, sample: RemovalSample, rng: np.random.Generator) -> dict[str, list[np.ndarray]]:
    """Return what is left out in each stage; no class ever loses its last image."""
    n = len(labels)
    alone = [np.array([row]) for row in rng.choice(n, min(sample.pairs, n), replace=False)]
    groups = {
        "pairs": [rows for rows in alone if len(removable_rows(labels, rows))],
        "groups": [
            removable_rows(labels, rng.choice(n, min(GROUP_SIZE, -(-n // 10)), replace=False)) for _ in range(GROUPS)
        ],
        "subsets": [removable_rows(labels, rng.choice(n, n // 2, replace=False)) for _ in range(sample.subsets)],
    }
    if len(groups["pairs"]) < 2:
        raise ExplorerError(f"{n} training images are too few: hardly any can be left out without emptying a class.")
    return groups


def _agreements(
    scorer: Scorer,
    tests: Tests,
    groups: dict[str, list[np.ndarray]],
    partners: np.ndarray,
    measured: dict[str, np.ndarray],
    pictured: bool,
) -> dict[str, Any]:
    """Return how far one method agrees with what was measured."""
    scores, alone = scorer.exact(tests), np.concatenate(groups["pairs"])
    pairs = scores[alone, partners], measured["pairs"][np.arange(len(alone)), partners]
    few = [table[:, :GROUP_TESTS].ravel() for table in (group_sums(scores, groups["groups"]), measured["groups"])]
    figures = {
        "unit": scorer.estimator.unit,
        "pairs": agreement(*pairs),
        "groups": agreement(few[0], few[1]),
        "lds": datamodeling_score(group_sums(scores, groups["subsets"]), measured["subsets"]),
    }
    return figures | ({"points": np.column_stack(pairs)[:POINTS].tolist()} if pictured else {})


def _elsewhere(
    run: Run, tests: Tests, subsets: list[np.ndarray], times: float, sample: RemovalSample, progress: Progress
) -> dict[str, float]:
    """Return the linear datamodeling score of the default method at another λ, ``times`` the run's."""
    l2 = times * run.head.l2
    curvature = Curvature(fit(run.head.train_features, run.train_labels, run.head.classes, l2))
    scorer = Scorer(curvature, ESTIMATORS[run.default_method])
    measured = _measured(run.id, curvature, tests, f"halves at λ = {l2:.4g}", subsets, sample, progress)
    scores = scorer.exact(scorer.tests(tests.features, tests.targets))
    return {"l2": l2, "times": times} | datamodeling_score(group_sums(scores, subsets), measured)


def load_report(run_id: str) -> dict[str, Any] | None:
    """Return the latest trust report of a run, or None where there is none that is whole."""
    return _report(run_id).load()


def load_seed_comparison(run_id: str) -> dict[str, Any] | None:
    """Return how much of an explanation stays under other seeds, or None where that was not computed."""
    return cached_seeds(run_id).load()


def _report(run_id: str) -> CachedResult[dict[str, Any]]:
    return cached_dict(_folder() / f"{run_id}.json")


def cached_seeds(run_id: str) -> CachedResult[dict[str, Any]]:
    """Return the comparison of a run with trainings from other seeds, as it lies on disk."""
    return cached_dict(_folder() / f"{run_id}-seeds.json")


def _measured(
    run_id: str,
    curvature: Curvature,
    tests: Tests,
    stage: str,
    groups: list[np.ndarray],
    sample: RemovalSample,
    progress: Progress,
) -> np.ndarray:
    """Return the measured changes of one stage, from the file of an earlier, interrupted call where there is one."""
    drawn = digest(canonical({"rows": [group.tolist() for group in groups], "sample": vars(sample), "stage": stage}))
    path = _folder() / f"{run_id}-{drawn[:16]}.npy"
    return cached_array(path).get_or_compute(
        lambda: measured_changes(curvature, tests, groups, f"Refits: {stage}", progress)
    )


def _folder() -> Path:
    return home.root() / "trust"
