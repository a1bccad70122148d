"""``python -m tools.bench rows``: a row of scores on many images with proved leaders, beside the reading of its bytes.

Two classes; features in half precision in shards, with their int8 copy, drawn from a seed: directions of very different
strength, few strong entries among many weak ones, rows of very different length. Labels are drawn from a softmax of planted
weights, so that these are near the minimiser; the Hessian is that of the first shard. Everything lies in a folder that is removed.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.special import expit

from explorer.attribution import Curvature, Row, Scorer, Tests, estimator
from explorer.attribution.row import leaders
from explorer.attribution.scan import Question, scan_blocks
from explorer.core.parallel import run_in_threads
from explorer.models.head import Head, contrasts
from explorer.shards import ROWS, ShardedRows, write_shard, write_table

TOP, L2 = 24, 0.1


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


class Drawn:
    """Features and labels of one distribution, by blocks of rows."""

    def __init__(self, d: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.seed, self.d = seed, d
        # strengths fall by a hundred: few directions carry most, as in features of a network
        self.mixing = (
            rng.normal(size=(d, d)).astype(np.float32)
            / np.sqrt(d)
            * np.logspace(0.5, -1.5, d, dtype=np.float32)[:, None]
        )
        self.weights = contrasts(2) @ rng.normal(size=(1, d)) * 2 / np.sqrt(d)

    def block(self, number: int, rows: int) -> np.ndarray:
        """Return rows ``(rows, d)`` in half precision, the last column 1."""
        rng = np.random.default_rng([self.seed, number])
        drawn = rng.standard_normal((rows, self.d), dtype=np.float32) @ self.mixing
        np.maximum(drawn, -0.3, out=drawn)
        drawn *= rng.lognormal(0, 0.5, (rows, 1)).astype(np.float32)
        drawn[:, -1] = 1
        return drawn.astype(np.float16)

    def labels(self, number: int, features: np.ndarray) -> np.ndarray:
        """Return classes ``(rows,)``, drawn from the planted softmax."""
        probability = expit(features.astype(np.float64) @ (self.weights[1] - self.weights[0]))
        return (np.random.default_rng([self.seed, number, 1]).random(len(features)) < probability).astype(np.int64)


def written(drawn: Drawn, n: int, folder: Path) -> tuple[ShardedRows, np.ndarray]:
    """Write n rows, a shard at a time; return them and their labels."""
    shards, labels = [], []
    for place, start in enumerate(range(0, n, ROWS)):
        features = drawn.block(place, min(ROWS, n - start))
        shards.append(write_shard(folder, place, features))
        labels.append(drawn.labels(place, features))
    return ShardedRows(write_table(folder, drawn.d, shards)), np.concatenate(labels)


def scorer_of(drawn: Drawn, rows: ShardedRows, labels: np.ndarray) -> Scorer:
    """Return ``newton`` on the planted head; at n in the thousands and above, leverages change its coefficients but little."""
    first = np.asarray(rows[: min(len(rows), ROWS)])
    factor = Curvature(Head(first, labels[: len(first)], drawn.weights, L2)).factor
    head = Head(rows, labels, drawn.weights, L2)
    return Scorer(Curvature(head, {"factor": factor, "removals": head.residuals / len(labels)}), estimator("newton"))


def read(rows: ShardedRows) -> None:
    """Read every byte of the half-precision features, a shard a core."""
    run_in_threads(lambda half: int(half.reshape(-1).view(np.uint16).view(np.uint64).sum()), list(rows.half_blocks()))


def true_leaders(scorer: Scorer, rows: ShardedRows, tests: Tests) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the leaders of each test image from all scores in float64, block by block."""
    solved = scorer.curvature.solve_each_contrast(tests.features)[:, 0, 0]
    best: list[list[tuple[np.ndarray, np.ndarray]]] = [[] for _ in tests.targets]
    for place, block in rows.blocks():
        change = (block @ solved.T * scorer.coefficients[place])[:, :, None]
        for test, scores in enumerate(scorer.estimator.score_from_logits(change, tests).T):
            some = np.sort(np.concatenate(leaders(scores, TOP)))
            best[test].append((place.start + some, scores[some]))
    return [_merged(parts) for parts in best]


def _merged(parts: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    numbers, scores = (np.concatenate(part) for part in zip(*parts, strict=True))
    helpful, harmful = leaders(scores, TOP)
    return numbers[helpful], numbers[harmful]


def computed(scorer: Scorer, rows: ShardedRows, tests: Tests) -> int:
    """Return how many rows of one test image are computed in float64."""
    solved = scorer.curvature.solve_each_contrast(tests.features)[0, 0]
    return len(scan_blocks(rows.scan_blocks(), scorer.coefficients, Question.of(solved)).candidates(TOP, lambda x: x))


def leads(row: Row, helpful: np.ndarray, harmful: np.ndarray) -> bool:
    """Return whether the leaders of a row are these, in this order."""
    return np.array_equal(row.helpful, helpful) and np.array_equal(row.harmful, harmful)


def measured(n: int, d: int, count: int, seed: int, folder: Path) -> dict[str, object]:
    drawn = Drawn(d, seed)
    rows, labels = written(drawn, n, folder)
    scorer = scorer_of(drawn, rows, labels)
    held_out = drawn.block(10**6, count)
    targets, features = drawn.labels(10**6, held_out), held_out.astype(np.float64)
    found: list[Row] = []
    for _ in range(3):  # the checksums of all files, and what a first row makes for all
        read(rows)
        scorer.row(features[0], targets[0], TOP)
    times = [
        (seconds(lambda: read(rows)), seconds(lambda t=t: found.append(scorer.row(features[t], targets[t], TOP))))
        for t in range(count)
    ]
    tests = scorer.tests(features, targets)
    each = [tests.take(slice(t, t + 1)) for t in range(count)]
    true = true_leaders(scorer, rows, tests)
    same = [leads(row, *one) for row, one in zip(found, true, strict=True)]
    survivors = [computed(scorer, rows, test) for test in each]
    reading, rowing = (statistics.median(part) for part in zip(*times, strict=True))
    return {
        "n": n,
        "d": d,
        "tests": count,
        "read_seconds": reading,
        "row_seconds": rowing,
        "ratio": rowing / reading,
        "row_seconds_p95": float(np.quantile([row for _, row in times], 0.95)),
        "leaders_equal": all(same),
        "survivors": {"median": statistics.median(survivors), "most": max(survivors)},
        "float64_seconds": seconds(lambda: scorer.exact(each[0])),
        "error_of_largest_score": max(float(row.error or 0) / np.abs(row.scores).max() for row in found),
        "cores": os.cpu_count(),
    }


def main(arguments: list[str]) -> None:
    """Print what was measured, as JSON with ``--json``."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench rows", description=__doc__)
    parser.add_argument("--n", type=int, default=1_000_000, help="training images")
    parser.add_argument("--d", type=int, default=512, help="features")
    parser.add_argument("--tests", type=int, default=100, help="test images")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="rows-") as folder:
        found = measured(asked.n, asked.d, asked.tests, asked.seed, Path(folder))
    print(json.dumps(found) if asked.json else "\n".join(f"{name}: {value}" for name, value in found.items()))
