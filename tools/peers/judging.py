"""How well scores agree with the exact derivative and with retrainings."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import rankdata

from explorer.evaluation.agreement import group_sums
from explorer.evaluation.whole_agreement import Changes, Interval, datamodeling_interval

# Two methods that should be one, and what their agreement is called.
SAME = ("our ekfac", "kronfluence EK-FAC")


@dataclass(frozen=True, eq=False)
class Retrained:
    """Retrainings without some images.

    Attributes:
        dropped: rows of the images that each was without.
        changes: of the margins ``(r, m)``.
        places: of these m margins among the asked pictures.
    """

    dropped: Sequence[np.ndarray]
    changes: np.ndarray
    places: np.ndarray


# By share in percent; of several seeds a block each.
Truths = dict[str, list[Retrained]]


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of the problem.

    Attributes:
        exact: by kind of output, scores of the first pictures ``(k, n)``.
        judged: how many pictures, the first, are compared with retrainings.
        own: retrainings from the training's own seed.
        other: from other seeds.
    """

    exact: dict[str, np.ndarray]
    judged: int
    own: Truths = field(default_factory=dict)
    other: Truths = field(default_factory=dict)

    def judged_rows(self, rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Yield the rows of :meth:`~tools.peers.rounds.Rounds.run` with their agreement in place of the file of their scores.

        ``spearman`` is the median over pictures of Spearman's correlation with the exact derivative over training images, ``lds``
        the linear datamodeling score with its interval at each share, ``questions_judged`` of how many pictures.
        """
        for row in rows:
            yield row if "reason" in row else self._judged(row)

    def _judged(self, row: dict[str, Any]) -> dict[str, Any]:
        scores = scores_of(row)
        agree = {kind: agreement(scores[kind], exact) for kind, exact in self.exact.items() if len(exact)}
        margins = scores["margin"]
        exact = self.exact.get("margin", margins[:0])
        if row["method"] == "our unrolled" and len(exact) > len(margins):
            margins = exact
        margins = margins[: self.judged]
        plain = {name: value for name, value in row.items() if name != "scores"}
        plain |= {"spearman": agree, "questions_judged": len(margins)}
        return plain | {"lds": _scores(margins, self.own), "lds_other_seed": _scores(margins, self.other)}


def beside(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return how our EK-FAC and kronfluence's agree (median over pictures of Spearman's correlation), and how many times faster ours is."""
    found = {row["method"]: row for row in rows if row["method"] in SAME and "reason" not in row}
    if len(found) < len(SAME):
        return {}
    ours, theirs = (found[name] for name in SAME)
    asked = ("one", "hundred") if ours["questions"] == theirs["questions"] else ("one",)
    each = spearman(
        *(scores_of(row)["margin"][: min(ours["questions"], theirs["questions"])] for row in (ours, theirs))
    )
    times = {name: {kind: theirs[name][kind] / ours[name][kind] for kind in ours[name]} for name in asked}
    return {"spearman": float(np.median(each)), "least": float(each.min()), "questions": len(each), "faster": times}


def scores_of(row: dict[str, Any]) -> dict[str, np.ndarray]:
    """Return the scores ``(k, n)`` of a row by kind of output; what is no number is 0."""
    with np.load(row["scores"], allow_pickle=False) as kept:
        return {kind: np.nan_to_num(kept[kind]) for kind in kept}


def agreement(scores: np.ndarray, exact: np.ndarray) -> float:
    """Return the median over the pictures that both have of Spearman's correlation over training images."""
    few = min(len(scores), len(exact))
    return float(np.median(spearman(scores[:few], exact[:few])))


def spearman(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return Spearman's correlation of each row ``(k,)`` of two arrays ``(k, n)``; 0 where a side is constant."""
    ranks = [rankdata(values, axis=1) for values in (first, second)]
    centred = [each - each.mean(1, keepdims=True) for each in ranks]
    product = (centred[0] * centred[1]).sum(1)
    size = np.sqrt((centred[0] ** 2).sum(1) * (centred[1] ** 2).sum(1))
    return np.divide(product, size, out=np.zeros_like(size), where=size > 0)


def truths(folder: Path, rows: np.ndarray) -> Truths:
    """Return the retrainings of files, by share in percent.

    Each ``.npz`` has ``subsets (r, n)`` bool, True where an image was left out, ``margins (r, m)``, ``whole (m,)`` and
    ``test_rows (m,)``.

    Args:
        folder: of the files.
        rows: of the asked pictures in the test set.
    """
    found = {}
    for path in sorted(folder.glob("*.npz")):
        with np.load(path, allow_pickle=False) as kept:
            dropped, changes, seen = kept["subsets"], kept["margins"] - kept["whole"], kept["test_rows"]
        _, places, columns = np.intersect1d(rows, seen, return_indices=True)
        found[f"{100 * dropped.mean():.3g}"] = [Retrained([*map(np.flatnonzero, dropped)], changes[:, columns], places)]
    return dict(sorted(found.items(), key=lambda each: float(each[0])))


def _scores(margins: np.ndarray, known: Truths) -> dict[str, Interval]:
    changes = {share: [_changes(margins, each) for each in blocks] for share, blocks in known.items()}
    return {share: datamodeling_interval(blocks) for share, blocks in changes.items()}


def _changes(margins: np.ndarray, known: Retrained) -> Changes:
    seen = known.places < len(margins)
    predicted = group_sums(margins[known.places[seen]].T.astype(np.float64), list(known.dropped))
    return Changes(predicted, known.changes[:, seen])
