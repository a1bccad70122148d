"""How well scores agree with the exact derivative and with retrainings, and the table of ``docs/benchmarks.md``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import rankdata

COLUMNS = (
    "method",
    "prepare",
    "one query",
    "100 queries",
    "peak memory",
    "bytes an image",
    "Spearman with exact",
    "LDS",
)


def spearman(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return Spearman's correlation of each row ``(k,)`` of two arrays ``(k, n)``; 0 where a side is constant."""
    ranks = [rankdata(values, axis=1) for values in (first, second)]
    centred = [each - each.mean(1, keepdims=True) for each in ranks]
    product = (centred[0] * centred[1]).sum(1)
    size = np.sqrt((centred[0] ** 2).sum(1) * (centred[1] ** 2).sum(1))
    return np.divide(product, size, out=np.zeros_like(size), where=size > 0)


def datamodeling_score(scores: np.ndarray, dropped: np.ndarray, changes: np.ndarray) -> float:
    """Return the linear datamodeling score (Park et al. 2023, eq. 2): the mean over pictures of Spearman over subsets.

    Args:
        scores: what removing an image does to each margin ``(m, n)``.
        dropped: images that each retraining was without ``(r, n)`` bool.
        changes: of the margins by retraining ``(r, m)``.
    """
    predicted = scores.astype(np.float64) @ dropped.T
    return float(spearman(predicted, changes.T).mean())


def truths(folder: Path, rows: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Return for each share in percent: dropped ``(r, n)``, changes ``(r, m')``, and the places of these m' in ``rows``.

    Each ``.npz`` has ``subsets (r, n)`` bool, True where an image was left out, ``margins (r, m)``, ``whole (m,)`` and
    ``test_rows (m,)``.
    """
    found = {}
    for path in sorted(folder.glob("*.npz")):
        with np.load(path, allow_pickle=False) as kept:
            dropped, changes, seen = kept["subsets"], kept["margins"] - kept["whole"], kept["test_rows"]
        _, places, columns = np.intersect1d(rows, seen, return_indices=True)
        found[f"{100 * dropped.mean():.3g}"] = (dropped, changes[:, columns], places)
    return dict(sorted(found.items(), key=lambda each: float(each[0])))


def markdown(rows: Sequence[dict[str, Any]]) -> str:
    """Return the table, a row a method; of one that could not be measured the reason."""
    lines = ["| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS)]
    return "\n".join(lines + [_line(row) for row in rows]) + "\n"


def _line(row: dict[str, Any]) -> str:
    if "reason" in row:
        return f"| {row['method']} | not measured: {row['reason'].replace('|', '/')} |" + " |" * (len(COLUMNS) - 2)
    name = f"{row['method']} {row['version']}".strip()
    said = [row["note"]] if row["note"] else []
    said += [] if row.get("finite_margin", True) else ["some scores are no numbers"]
    cells = [f"{name} ({'; '.join(said)})" if said else name]
    cells += [_seconds(row[each]) for each in ("prepare", "one", "hundred")]
    if row["questions"] < 100:
        cells[-1] += f" for {row['questions']}"
    cells.append(f"{row['peak_megabytes']:.0f} MB (+{row['peak_megabytes'] - row['megabytes_before']:.0f})")
    cells.append(
        f"{row['bytes_per_image']:,.0f}" + (f"; {row['bytes_once'] / 1e6:.1f} MB once" if row["bytes_once"] else "")
    )
    cells.append(" / ".join(f"{row['spearman'][kind]:.3f}" for kind in sorted(row.get("spearman", {}))) or "–")
    cells.append(" / ".join(f"{value:.3f} ({share} %)" for share, value in row.get("lds", {}).items()) or "–")
    return "| " + " | ".join(cells) + " |"


def _seconds(taken: dict[str, float]) -> str:
    return f"{_short(taken['wall'])} / {_short(taken['cpu'])} s"


def _short(value: float) -> str:
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"
