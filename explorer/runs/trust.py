"""The trust report of a run: random removals, refitted once for all methods and kept beside the run."""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from explorer import home
from explorer.attribution import ESTIMATORS, Tests
from explorer.errors import ExplorerError
from explorer.evaluation.trust import added, agreement, datamodeling_score, measure
from explorer.files import save_array, writing
from explorer.progress import Progress
from explorer.runs.run import Run

# Test images whose losses are measured; all of them for pairs and subsets, the first few for groups.
TESTS, GROUP_TESTS, GROUPS, GROUP_SIZE = 100, 20, 100, 100


@dataclass(frozen=True)
class Sample:
    """What is drawn at random, from ``seed``.

    Attributes:
        pairs: (training image, test image); every training image is left out alone.
        subsets: random halves of the training set.
    """

    pairs: int = 2000
    subsets: int = 100
    seed: int = 0


def trust(run: Run, sample: Sample, progress: Progress) -> dict[str, Any]:
    """Return for each method how far its scores agree with real refits; finished stages are not computed again.

    Raises:
        ExplorerError: too few pairs or subsets for a correlation.
    """
    if min(sample.pairs, sample.subsets) < 10:
        raise ExplorerError(f"{sample.pairs} pairs and {sample.subsets} subsets are too few; give at least 10 of each.")
    start, rng, n = time.perf_counter(), np.random.default_rng(sample.seed), len(run.train_labels)
    shown = rng.choice(len(run.test_labels), min(TESTS, len(run.test_labels)), replace=False)
    tests = Tests(
        np.asarray(run.test_features[shown]), run.test_probabilities[shown], run.test_labels[shown], run.head.basis
    )
    alone = rng.choice(n, min(sample.pairs, n), replace=False)
    partners = rng.integers(len(shown), size=len(alone))
    groups = {
        "pairs": [np.array([row]) for row in alone],
        "groups": [rng.choice(n, min(GROUP_SIZE, n // 10), replace=False) for _ in range(GROUPS)],
        "subsets": [rng.choice(n, n // 2, replace=False) for _ in range(sample.subsets)],
    }
    measured = {stage: _measured(run, tests, stage, rows, sample, progress) for stage, rows in groups.items()}
    found: dict[str, Any] = {}
    for done, method in enumerate(ESTIMATORS):
        progress("Scores of all methods", done, len(ESTIMATORS))
        scorer = run.scorer(method)
        scores = scorer.exact(tests)
        pairs = scores[alone, partners], measured["pairs"][np.arange(len(alone)), partners]
        few = [table[:, :GROUP_TESTS].ravel() for table in (added(scores, groups["groups"]), measured["groups"])]
        found[method] = {
            "unit": scorer.estimator.unit,
            "pairs": agreement(*pairs),
            "groups": agreement(few[0], few[1]),
            "lds": datamodeling_score(added(scores, groups["subsets"]), measured["subsets"]),
        }
    refits = {stage: len(rows) for stage, rows in groups.items()}
    leverage = float(run.curvature.leverages.max())
    report = {"run": run.id, "refits": refits, "largest_leverage": leverage, "methods": found}
    report["seconds"] = round(time.perf_counter() - start, 1)
    with writing(_folder() / f"{run.id}.json") as temporary:
        temporary.write_text(json.dumps(report), encoding="utf-8")
    return report


def report(run_id: str) -> dict[str, Any] | None:
    """Return the latest trust report of a run, or None where there is none."""
    path = _folder() / f"{run_id}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def _measured(
    run: Run, tests: Tests, stage: str, groups: list[np.ndarray], sample: Sample, progress: Progress
) -> np.ndarray:
    """Return the measured changes of one stage, from the file of an earlier, interrupted call where there is one."""
    path = _folder() / f"{run.id}-{stage}-{len(groups)}-{sample.pairs}-{sample.seed}.npy"
    if not path.is_file():
        save_array(path, measure(run.curvature, tests, groups, f"Refits: {stage}", progress))
    return np.load(path, allow_pickle=False)


def _folder() -> Path:
    return home.home() / "trust"
