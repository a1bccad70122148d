"""The most helpful training images of right predictions, by several choosers, removed together and really retrained."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from explorer.evaluation.agreement import removable_rows
from explorer.models.smooth_cnn.metasmoothness import APART
from explorer.runs.whole_network.trust_table import ChosenSets
from explorer.runs.whole_network.truth.kept_retrainings import Removal, Retrainings
from explorer.runs.whole_network.truth.scores import Judged

# Images of a set; who chooses them beside chance; whose scores foretell every set.
TOP, CHOOSERS, RANDOM, FORETELLER = 24, ("replay-basis", "ekfac", "head", "similarity"), "random", "replay-basis"
# A loss that a sum of scores cannot fall below.
LEAST_LOSS = 1e-6


@dataclass(frozen=True, eq=False)
class Sets:
    """The sets of all choosers.

    Attributes:
        tests: the test images ``(q,)``, right before.
        losses: of the run's head on them ``(q,)``, for scores that are changes of it.
        labels: of the training images ``(n,)``.
        judged: scores on these test images by method.
    """

    tests: np.ndarray
    losses: np.ndarray
    labels: np.ndarray
    judged: Mapping[str, Judged]

    def rows(self, chooser: str) -> list[np.ndarray]:
        """Return the training images of each test image's set; no class loses its last image."""
        return [removable_rows(self.labels, self._chosen(chooser, place)) for place in range(len(self.tests))]

    def _chosen(self, chooser: str, place: int) -> np.ndarray:
        size = min(TOP, len(self.labels) // 2)
        if chooser == RANDOM:
            rng = np.random.default_rng([APART, int(self.tests[place])])
            return rng.choice(len(self.labels), size, replace=False)
        judged = self.judged[chooser]
        falls = judged.scores[:, place] * (-1 if judged.losses else 1)
        return np.argsort(falls, kind="stable")[:size]

    @property
    def choosers(self) -> list[str]:
        """Those whose scores are there, and chance."""
        return [*(name for name in CHOOSERS if name in self.judged), RANDOM]

    def removals(self, retrainings: Retrainings) -> list[Removal]:
        """Return the retrainings that are needed."""
        return [retrainings.removal(rows) for chooser in self.choosers for rows in self.rows(chooser)]

    def results(self, retrainings: Retrainings) -> dict[str, ChosenSets]:
        """Return by chooser what was predicted and measured; the retrainings were made before."""
        return {chooser: self._result(chooser, retrainings) for chooser in self.choosers}

    def _result(self, chooser: str, retrainings: Retrainings) -> ChosenSets:
        sets, own = self.rows(chooser), np.arange(len(self.tests))
        measured = retrainings.changes([retrainings.removal(rows) for rows in sets])[own, self.tests]
        return ChosenSets(
            tests=self.tests.tolist(),
            removed=[rows.tolist() for rows in sets],
            predicted=self._predicted(chooser, sets),
            replayed=self._predicted(FORETELLER, sets),
            measured=measured.tolist(),
            wrong=int((retrainings.whole[0, self.tests] + measured <= 0).sum()),
        )

    def _predicted(self, method: str, sets: Sequence[np.ndarray]) -> list[float] | None:
        """Return how a method says that each test image's margin changes without its set; None where it has no unit."""
        if method not in self.judged or not self.judged[method].unit:
            return None
        judged = self.judged[method]
        sums = np.array([judged.scores[rows, place].sum() for place, rows in enumerate(sets)])
        return (log_odds(self.losses + sums) - log_odds(self.losses) if judged.losses else sums).tolist()


def log_odds(losses: np.ndarray) -> np.ndarray:
    """Return log(p / (1 − p)) of p = exp(−loss): with two classes it is the margin."""
    return -np.log(np.expm1(np.maximum(losses, LEAST_LOSS)))
