"""``python -m tools.bench duplicates``: close pairs among very many images, in neighbouring cells, with the recall that was measured.

Features are drawn from a seed with directions of falling strength, and every fiftieth image is a changed copy of another. Nothing is
written. ``planted_found`` is the share of copies within the bound that were found.
"""

import argparse
import json
import resource
import time

import numpy as np

from explorer.evaluation.closeness import most_close_pairs, threshold, unit


def drawn(n: int, d: int, seed: int) -> tuple[np.ndarray, int]:
    """Return features ``(n, d)`` of length one, and how many copies there are: the last of them, of the first, in order."""
    rng = np.random.default_rng(seed)
    strengths = np.logspace(0.5, -1.5, d, dtype=np.float32)[:, None]
    mixing = rng.normal(size=(d, d)).astype(np.float32) / np.sqrt(d) * strengths
    points = np.empty((n, d), dtype=np.float32)
    for start in range(0, n, 8192):
        points[start : start + 8192] = rng.standard_normal((len(points[start : start + 8192]), d), np.float32) @ mixing
    copies = n // 50
    change = rng.standard_normal((copies, d), np.float32) * rng.uniform(0.005, 0.1, (copies, 1)).astype(np.float32)
    points[n - copies :] = points[:copies] + change * points[:copies].std()
    return unit(points), copies


def main(arguments: list[str]) -> None:
    """Print seconds, recall and peak memory."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench duplicates", description=__doc__)
    parser.add_argument("--n", type=int, default=100_000)
    parser.add_argument("--d", type=int, default=512)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    points, copies = drawn(given.n, given.d, 0)
    start, worked = time.perf_counter(), time.process_time()
    bound = threshold(points, np.arange(given.n))
    pairs, _, recall = most_close_pairs(points, bound)
    spent, used = time.perf_counter() - start, time.process_time() - worked
    one, other = np.arange(copies), np.arange(given.n - copies, given.n)
    near = np.linalg.norm(points[one] - points[other], axis=1) <= bound
    found = np.isin(one * given.n + other, pairs[:, 0] * given.n + pairs[:, 1])
    report = {"n": given.n, "d": given.d, "bound": bound, "seconds": spent, "processor_seconds": used}
    report |= {"pairs": len(pairs), "planted": int(near.sum()), "planted_found": float(found[near].mean())}
    report |= {"checked_images": recall.images, "checked_close": recall.close, "checked_found": recall.found}
    report |= {"peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
    print(json.dumps(report) if given.json else "\n".join(f"{name}: {value}" for name, value in report.items()))
