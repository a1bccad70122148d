"""``python -m tools.bench classes``: a click on a head of many classes, beside one product of its size.

Features, planted weights and labels are drawn from a seed: directions of very different strength, classes of very different
size; labels come from the softmax of the planted weights, so that these are near the minimiser. Everything stays in memory.
``leaders_equal`` compares with solutions whose residual, by products in float64 written again here, is 1e-8.
"""

import argparse
import json
import resource
import statistics
import time
from collections.abc import Callable, Sequence

import numpy as np
from scipy.special import softmax

from explorer.attribution import Curvature, Row, Scorer, Tests, estimator
from explorer.attribution.class_rows import estimated_rows, right_sides
from explorer.attribution.class_system import ClassSystem
from explorer.attribution.row import leaders
from explorer.models.head import Head

TOP, RESIDUAL, ROUGH = 24, 1e-8, 1e-4
# Planted weights are drawn with this deviation over √d; 1/(n · their variance) = d/(SPREAD² n) is the λ whose prior they are a draw of.
SPREAD = 3


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def drawn(n: int, d: int, classes: int, l2: float, seed: int) -> Head:
    """Return a head with planted weights; common classes have some twenty times the images of rare ones."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, d)) * (1 + np.arange(d)) ** -0.3
    features /= features.std(axis=0)
    features[:, -1] = 1
    weights = rng.normal(size=(classes, d)) * SPREAD / np.sqrt(d)
    weights[:, -1] = -0.5 * np.log(1 + np.arange(classes))
    weights -= weights.mean(axis=0)
    noisy = (features @ weights.T).astype(np.float32)
    noisy += rng.gumbel(size=noisy.shape).astype(np.float32)
    return Head(features, noisy.argmax(axis=1), weights, l2)


def converged(system: ClassSystem, right: np.ndarray) -> np.ndarray:
    """Return the scores ``(n,)`` for one right side ``(C, d)``: H x is computed here, in float64 throughout, until ‖r − H x‖ ≤ 1e-8 ‖r‖.

    What is left is solved for by the program, roughly: that decides how soon this ends, not where.
    """
    head, found, left = system.head, np.zeros_like(right), right
    features, p, n = head.train_features, head.train_probabilities, len(head.train_labels)
    while np.linalg.norm(left) > RESIDUAL * np.linalg.norm(right):
        found = found + system.solve(left[None], ROUGH).solutions[0]
        found -= found.mean(axis=0)  # the same for all classes changes no probability; rounding brings it in
        margins = features @ found.T
        means = (p * margins).sum(axis=1)
        scores = (means - margins[np.arange(n), head.train_labels]) / n
        margins -= means[:, None]
        margins *= p
        left = right - margins.T @ features / n - head.l2 * found
    return scores


def compared(row: Row, true: np.ndarray) -> tuple[bool, float]:
    """Return whether both lists are the same in the same order, and the largest error as a share of the largest score."""
    same = all(np.array_equal(*pair) for pair in zip((row.helpful, row.harmful), leaders(true, TOP), strict=True))
    return same, float(np.abs(row.scores - true).max() / np.abs(true).max())


def measured(head: Head, tests: Tests, checked: int) -> dict[str, object]:
    """Return the figures."""
    scorer, count = Scorer(Curvature(head), estimator("influence-cg")), len(tests.targets)
    warm = seconds(scorer.warm_up)
    each, rows, first, click, used = [tests.take(slice(t, t + 1)) for t in range(count)], [], [], [], []
    system = scorer.curvature.class_system
    for test in each:
        first.append(seconds(lambda test=test: estimated_rows(system, test, TOP)))
        before = time.process_time()
        click.append(seconds(lambda test=test: rows.extend(scorer.rows(test, TOP))))
        used.append(time.process_time() - before)
    plain = np.ascontiguousarray(head.weights, dtype=np.float32)
    product = min(seconds(lambda: system.features @ plain.T) for _ in range(3))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    pairs = [compared(rows[t], converged(system, right_sides(each[t])[0])) for t in range(min(checked, count))]
    return {
        "l2": head.l2,
        "warm_seconds": warm,
        "first_seconds": statistics.median(first),
        "click_seconds": statistics.median(click),
        "click_processor_seconds": statistics.median(used),
        "product_seconds": product,
        "click_products": statistics.median(click) / product,
        "residual": max(row.residual or 0.0 for row in rows),
        "peak_mb": peak,
        "proved": sum(not row.exact for row in rows),
        "leaders_equal": all(same for same, _ in pairs),
        "largest_error": max((error for _, error in pairs), default=None),
        "compared": len(pairs),
    }


def main(arguments: Sequence[str] = ()) -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.bench classes", description=__doc__)
    for name, usual in (("c", 1000), ("d", 512), ("n", 20_000), ("tests", 5), ("checked", 3), ("seed", 0)):
        parser.add_argument(f"--{name}", type=int, default=usual, help=f"{usual} by default")
    parser.add_argument("--l2", type=float, help="λ; d/(9n) by default, which fits the planted weights")
    parser.add_argument("--json", action="store_true", help="print JSON")
    given = parser.parse_args(arguments)
    l2 = given.l2 or given.d / (SPREAD**2 * given.n)
    whole = drawn(given.n + given.tests, given.d, given.c, l2, given.seed)
    features, labels = whole.train_features[given.n :], whole.train_labels[given.n :]
    head = Head(whole.train_features[: given.n], whole.train_labels[: given.n], whole.weights, whole.l2)
    tests = Tests(features, softmax(head.logits(features), axis=1), labels, head.basis)
    found = measured(head, tests, given.checked)
    lines = [f"{name:16} {value}" for name, value in found.items()]
    print(json.dumps(found, indent=1) if given.json else "\n".join(lines))


if __name__ == "__main__":
    main()
