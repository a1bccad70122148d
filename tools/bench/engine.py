"""``python -m tools.bench engine --shards 8 --json``: one head and 100 questions by each engine, side by side on the same shards.

The data are drawn from a seed into a folder that is removed. ``--engine`` names engines, also ``tcp://HOST:PORT``; then ``--folder`` must
be one that all workers see. ``--kill`` ends a worker by SIGKILL so many seconds into the fit, and one before the middle question.
"""

import argparse
import json
import os
import signal
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil

from explorer.attribution import Curvature, Scorer, estimator
from explorer.attribution.sharded import AskedRow, Asker
from explorer.engine import Engine, Task, engine_of
from explorer.models.head import Head
from explorer.models.sharded_head.scaling import RawRows
from explorer.runs.build.sharded_fit import ShardedFit, fit_in_shards
from tools.bench.worker import worker

TOP = 24


def main(arguments: list[str]) -> None:
    given = parsed(arguments)
    with tempfile.TemporaryDirectory(prefix="engine-", dir=given.folder) as made:
        raw, labels, tests = drawn(Path(made), given.shards, given.rows, given.d, given.seed, given.queries)
        found = {word: measured(word, Path(made), raw, labels, tests, given.kill) for word in given.engine}
    first, *others = found.values()
    said = {
        "n": len(labels),
        "d": given.d,
        "shards": given.shards,
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "engines": {word: each.said for word, each in found.items()},
        "equal": [compared(first, other) for other in others],
    }
    print(json.dumps(said, indent=None if given.json else 1))


def parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.bench engine", description=__doc__)
    parser.add_argument("--shards", type=int, default=8)
    parser.add_argument("--rows", type=int, default=16_384, help="rows a shard")
    parser.add_argument("--d", type=int, default=512, help="features, the bias among them")
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--engine", nargs="+", default=["processes", "dask"])
    parser.add_argument("--folder", help="where the data are made; one that all workers see")
    parser.add_argument(
        "--kill", type=float, default=0.0, metavar="SECONDS", help="into the fit, after which a worker is"
    )
    parser.add_argument("--json", action="store_true")
    return parser.parse_args(arguments)


def drawn(
    folder: Path, shards: int, rows: int, d: int, seed: int, queries: int
) -> tuple[RawRows, np.ndarray, np.ndarray]:
    """Raw features of two classes that overlap, a file a shard, their labels, and features of test images, standardised."""
    rng = np.random.default_rng(seed)
    labels, direction = rng.integers(0, 2, shards * rows), rng.normal(size=d - 1) * 3 / np.sqrt(d)
    files = []
    for place in range(shards):
        own = labels[place * rows : (place + 1) * rows]
        block = rng.standard_normal((rows, d - 1), dtype=np.float32) + np.outer(own - 0.5, direction).astype(np.float32)
        files.append(folder / f"raw-{place}.npy")
        np.save(files[-1], block)
    tests = np.column_stack([rng.normal(size=(queries, d - 1)), np.ones(queries)])
    return RawRows(files, rows), labels, tests


@dataclass
class Measured:
    """What an engine made, and what it took."""

    fit: ShardedFit
    rows: list[AskedRow]
    said: dict[str, object] = field(default_factory=dict)


def measured(word: str, folder: Path, raw: RawRows, labels: np.ndarray, tests: np.ndarray, kill: float) -> Measured:
    working, seconds = folder / word.replace("/", "_"), {}
    working.mkdir()
    with engine_of(word) as engine, Peak() as peak:
        start = time.perf_counter()
        workers = pids(engine)
        seconds["start"] = round(time.perf_counter() - start, 2)
        if kill:
            threading.Timer(kill, os.kill, (workers[0], signal.SIGKILL)).start()
        fit = fit_in_shards(raw, labels, 2, None, working, engine, seconds, lambda *_: None)
        rows, waits, killed = asked(fit, engine, working, tests, kill)
    said = {
        "seconds": seconds,
        "query_median_ms": round(1000 * float(np.median(waits)), 1),
        "query_worst_ms": round(1000 * max(waits), 1),
        "peak_mb": round(peak.highest / 2**20),
        "l2": fit.head.l2,
    }
    return Measured(fit, rows, said | ({"query_after_kill_ms": round(1000 * killed, 1)} if kill else {}))


def asked(
    fit: ShardedFit, engine: Engine, working: Path, tests: np.ndarray, kill: bool
) -> tuple[list[AskedRow], list[float], float]:
    """The rows of all test images, how long each took, and how long the one took before which a worker was killed."""
    head = Head(fit.rows, fit.head.train_labels, fit.head.weights, fit.head.l2)
    saved = {"factor": fit.factor, "removals": fit.rows.table.gathered("removals")}
    asker = Asker(Scorer(Curvature(head, saved), estimator("newton")), engine, working / "questions")
    rows, waits, after = [], [], 0.0
    for place, test in enumerate(tests):
        if kill and place == len(tests) // 2:
            os.kill(pids(engine)[0], signal.SIGKILL)
        start = time.perf_counter()
        rows.append(asker.row(test, place % 2, TOP))
        waits.append(time.perf_counter() - start)
        after = waits[-1] if place == len(tests) // 2 else after
    return rows, waits, after


def compared(first: Measured, other: Measured) -> dict:
    """How far two engines' results are from each other."""
    pairs = list(zip(first.rows, other.rows, strict=True))
    return {
        "weights_bitwise": bool((first.fit.head.weights == other.fit.head.weights).all()),
        "weights_difference": float(np.abs(first.fit.head.weights - other.fit.head.weights).max()),
        "leaders_equal": all(
            np.array_equal(a.helpful, b.helpful) and np.array_equal(a.harmful, b.harmful) for a, b in pairs
        ),
        "scores_bitwise": all(np.array_equal(a.helpful_scores, b.helpful_scores) for a, b in pairs),
        "histograms_equal": all(np.array_equal(a.counts, b.counts) for a, b in pairs),
    }


def pids(engine: Engine) -> list[int]:
    """The workers that answered."""
    tasks = [Task(worker, (0.2, place)) for place in range(2 * engine.workers)]
    return engine.ask(tasks, lambda answers: sorted({int(answer["pid"][0]) for answer in answers}))


class Peak:
    """The most memory of this process and of all that it began, looked at ten times a second; pages of files count once a process."""

    def __enter__(self) -> "Peak":
        self.highest, self.over = 0, threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)
        self.thread.start()
        return self

    def look(self) -> None:
        while not self.over.wait(0.1):
            total = 0
            for process in [psutil.Process(), *psutil.Process().children(recursive=True)]:
                try:
                    total += process.memory_info().rss
                except psutil.Error:
                    continue
            self.highest = max(self.highest, total)

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()
