"""How well somebody hunts for planted pictures: found, missed, false alarms, and what orders and chance find beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

# The interval of chance that is shown.
LEVEL = 0.95


@dataclass(frozen=True)
class Chance:
    """What blind guessing finds.

    Attributes:
        expected: mean number of planted pictures among those drawn.
        low: end of the interval that holds at least 95 % of all draws, likewise ``high``.
    """

    expected: float
    low: int
    high: int


@dataclass(frozen=True, eq=False)
class Score:
    """A hunt, judged.

    Attributes:
        found: flagged training rows that were planted; ``missed`` planted and not flagged; ``false`` flagged and not planted.
        orders: how many planted pictures stand among the first of each order, looking at as many as were flagged.
        chance: the same for pictures drawn blindly.
    """

    found: np.ndarray
    missed: np.ndarray
    false: np.ndarray
    orders: dict[str, int]
    chance: Chance

    @property
    def flagged(self) -> int:
        """How many pictures were flagged."""
        return len(self.found) + len(self.false)

    @property
    def planted(self) -> int:
        """How many pictures were planted."""
        return len(self.found) + len(self.missed)

    @property
    def precision(self) -> float | None:
        """The share of the flags that are right; None where nothing was flagged."""
        return len(self.found) / self.flagged if self.flagged else None


def score(flags: np.ndarray, planted: np.ndarray, orders: Mapping[str, np.ndarray]) -> Score:
    """Judge a hunt.

    Args:
        flags: training rows that were flagged, each once.
        planted: ``(n,)`` bool, which training pictures were planted.
        orders: name to training rows ``(n,)``, the most suspect first.
    """
    rows, k = np.flatnonzero(planted), len(flags)
    return Score(
        found=np.intersect1d(flags, rows),
        missed=np.setdiff1d(rows, flags),
        false=np.setdiff1d(flags, rows),
        orders={name: int(planted[order[:k]].sum()) for name, order in orders.items()},
        chance=chance(len(planted), len(rows), k),
    )


def chance(n: int, planted: int, drawn: int) -> Chance:
    """Return what drawing without looking finds: the hypergeometric distribution (Feller 1968, II.6).

    Args:
        n: training pictures.
        planted: how many of them were planted.
        drawn: how many are drawn, none twice.
    """
    return chances(n, planted, [drawn])[0]


def chances(n: int, planted: int, drawn: Sequence[int] | np.ndarray) -> list[Chance]:
    """Return what drawing without looking finds, for each of several numbers of draws.

    The ends are those of SciPy's quantiles, which take a millisecond each: a class is judged every two seconds.
    """
    from scipy.stats import hypergeom  # half a second, for which no page waits that judges no hunt

    counts, each = np.arange(planted + 1), np.asarray(drawn)
    below = np.cumsum(hypergeom.pmf(counts, n, planted, each[:, None]), axis=1)
    low, high = ((below < level).sum(axis=1).tolist() for level in ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    return [Chance(planted * int(k) / n, *ends) for k, *ends in zip(each, low, high, strict=True)]
