"""What a class found: each pupil's flags judged, and the class together beside loss and chance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer.core.errors import ExplorerError
from explorer.game.game import unpack_rows
from explorer.game.rooms import Pupil
from explorer.game.score import Chance, chances

# Places of a curve: more would not be seen.
PLACES = 60


@dataclass(frozen=True)
class Result:
    """One pupil's flags, judged.

    Attributes:
        flagged: pictures flagged, of which ``found`` were planted and ``false`` were not.
    """

    name: str
    handed: bool
    flagged: int
    found: int
    false: int

    @property
    def points(self) -> int:
        """Found less false alarms, not below nothing: flagging all is worth nothing."""
        return max(0, self.found - self.false)


@dataclass(frozen=True, eq=False)
class ClassCurve:
    """How many planted pictures are found by looking at as many as ``looks`` says, ``(k,)``.

    Attributes:
        orders: name of an order to the number found at each place.
        chance: of blind guessing at each place.
    """

    looks: np.ndarray
    orders: dict[str, np.ndarray]
    chance: list[Chance]


def flags_of(pupil: Pupil, n: int) -> np.ndarray:
    """Return the training rows that a pupil flagged; none where they are of another game."""
    try:
        return unpack_rows(pupil.flags, n)
    except ExplorerError:
        return np.array([], dtype=int)


def judged(pupils: Sequence[Pupil], planted: np.ndarray) -> list[Result]:
    """Return each pupil's result; ``planted`` is ``(n,)`` bool."""
    found = []
    for pupil in pupils:
        rows = flags_of(pupil, len(planted))
        hits = int(planted[rows].sum())
        found.append(Result(pupil.name, pupil.handed is not None, len(rows), hits, len(rows) - hits))
    return found


def class_order(pupils: Sequence[Pupil], n: int) -> np.ndarray:
    """Return the training rows that anybody flagged, those that most flagged first, then by number."""
    votes = np.zeros(n, dtype=int)
    for pupil in pupils:
        votes[flags_of(pupil, n)] += 1
    return np.argsort(-votes, kind="stable")[: int((votes > 0).sum())]


def class_curve(together: np.ndarray, orders: dict[str, np.ndarray], planted: np.ndarray, most: int) -> ClassCurve:
    """Return what the class together, other orders and chance find.

    Args:
        together: training rows in the class's order.
        orders: name to training rows ``(n,)``, the most suspect first.
        planted: ``(n,)`` bool.
        most: looks at the right end.
    """
    looks = np.unique(np.linspace(0, min(max(most, 1), len(planted)), PLACES).round().astype(int))
    counted = {name: _found(order, planted, looks) for name, order in orders.items()}
    mine = looks[looks <= len(together)]
    law = chances(len(planted), int(planted.sum()), looks)
    return ClassCurve(looks, {"class": _found(together, planted, mine), **counted}, law)


def _found(order: np.ndarray, planted: np.ndarray, looks: np.ndarray) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(planted[order])])[looks]
