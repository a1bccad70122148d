"""``make bench``: the figures of docs/benchmarks.md on the default run, each beside the plain products in the same run."""

import json
import time
from collections.abc import Callable, Sequence

import numpy as np
import scipy.linalg

from explorer.attribution import Curvature, Scorer, estimator
from explorer.models.head import Head
from explorer.models.solver import Objective, minimise
from explorer.runs.run import Run
from explorer.runs.store import open_run

ROWS, REMOVED, TESTS, ROUNDS = 200, 200, 20, 5


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def row_milliseconds(run: Run) -> dict[str, float]:
    run.warm_up()
    scorer, features = run.scorer("newton"), np.asarray(run.test_features)
    times = [seconds(lambda t=t: scorer.row(features[t], run.test_labels[t], 24)) for t in range(ROWS)]
    return {"median": 1e3 * float(np.median(times)), "p95": 1e3 * float(np.quantile(times, 0.95))}


def all_pairs(run: Run, method: str) -> float:
    """Hessian, factor, coefficients and every score of every test image, from nothing."""

    def work() -> None:
        scorer = Scorer(
            Curvature(Head(run.head.train_features, run.train_labels, run.head.weights, run.head.l2)), estimator(method)
        )
        for _, _scores in scorer.blocks(run.tests):
            pass

    return seconds(work)


def plain_products(run: Run) -> float:
    """The products that all pairs cannot do without: Gram, factor, whitened rows (for leverages), solves, rows × tests."""
    features, tests = np.asarray(run.head.train_features), np.asarray(run.test_features)

    def work() -> None:
        gram = features.T @ features
        factor = scipy.linalg.cholesky(gram + np.eye(len(gram)), lower=True, check_finite=False)
        scipy.linalg.solve_triangular(factor, features.T, lower=True, check_finite=False)
        features @ scipy.linalg.cho_solve((factor, True), tests.T, check_finite=False)

    return seconds(work)


def agreement(run: Run) -> dict[str, float]:
    """Predicted against true change of test loss for images that are really removed."""
    head, n = run.head, len(run.train_labels)
    rows = np.random.default_rng(0).choice(n, REMOVED, replace=False)
    weights = np.ones((REMOVED, n))
    weights[np.arange(REMOVED), rows] = 0
    objective = Objective(head.train_features, run.train_labels, head.basis, np.full(REMOVED, head.l2), weights)
    start = np.repeat((head.basis.T @ head.weights)[None], REMOVED, axis=0)
    refitted = minimise(objective, start, 1e-10, run.curvature.solve)
    features, labels = run.test_features[:TESTS], run.test_labels[:TESTS]
    before = head.losses(features, labels)
    heads = [Head(head.train_features, run.train_labels, head.basis @ theta, head.l2) for theta in refitted]
    true = np.array([other.losses(features, labels) - before for other in heads])
    tests = run.tests.take(slice(0, TESTS))
    return {
        m: float(np.corrcoef(run.scorer(m).exact(tests, rows).ravel(), true.ravel())[0, 1])
        for m in ("newton", "influence")
    }


def main(_: Sequence[str] = ()) -> None:
    run = open_run("default")
    # in turn, so that what else the machine does meanwhile falls on both
    rounds = [(plain_products(run), all_pairs(run, "newton"), all_pairs(run, "influence")) for _ in range(ROUNDS)]
    plain, *both = (min(times) for times in zip(*rounds, strict=True))
    pairs = dict(zip(("newton", "influence"), both, strict=True))
    found = {
        "accuracy": run.manifest.accuracy,
        "gradient_norm": run.head.gradient_norm(),
        "row_milliseconds": row_milliseconds(run),
        "all_pairs_seconds": pairs,
        "plain_products_seconds": plain,
        "ratio": {method: value / plain for method, value in pairs.items()},
        "ratio_of_rounds": {method: [times[at] / times[0] for times in rounds] for at, method in enumerate(pairs, 1)},
        "correlation_with_removal": agreement(run),
    }
    print(json.dumps(found, indent=1))
