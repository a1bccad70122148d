"""A run of ``small-cnn-smooth`` as the problem: its recorded training, its test images, and the retrainings that were kept of it.

They are those of ``trust --whole``, which judges the same test images in the same order.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer.attribution.whole_network import WHOLE_NETWORK
from explorer.core.progress import silent
from explorer.evaluation.retrainings import shown
from explorer.runs.run import Run
from explorer.runs.store import recording_folder
from explorer.runs.whole_network.training_of_run import recording_of
from explorer.runs.whole_network.trust_plan import FEWEST, TrustPlan
from explorer.runs.whole_network.truth.kept_retrainings import Removal, Retrainings
from explorer.runs.whole_network.truth.report import wanted
from explorer.runs.whole_network.truth.scores import Index, whole_network_scores
from explorer.runs.whole_network.truth.subject import MOST, subject_of
from tools.peers.building import ends
from tools.peers.judging import Retrained, Truths
from tools.peers.problem import Problem


@dataclass(frozen=True, eq=False)
class KeptRun:
    """What a run keeps.

    Attributes:
        problem: of the run.
        retrainings: of its network.
        places: of the problem's pictures among those that each retraining is asked ``(m,)``.
    """

    problem: Problem
    retrainings: Retrainings
    places: np.ndarray

    @classmethod
    def of(cls, run: Run, questions: int) -> "KeptRun":
        """Return a run with so many of its test images, the first of them those that ``trust --whole`` judges."""
        recording, made = recording_of(run), subject_of(run, silent).retrainings
        places = shown(len(made.exam.labels), questions)
        rows, exam = np.sort(shown(len(run.test_labels), MOST))[places], made.exam.take(places)
        given = (recording.training, ends(recording), exam.pixels, exam.labels, rows)
        return cls(Problem(*given, recording_folder(run.id), run.id, ("margin",)), made, places)

    def exact(self, count: int) -> np.ndarray:
        """Return what removing each training image does to the first margins ``(count, n)``, to first order; kept with the retrainings."""
        made, unrolled = self.retrainings, WHOLE_NETWORK["unrolled"]
        exam = made.exam.take(self.places[:count])
        given = (made.folder / "scores", unrolled, self.problem.recording, Index({}, 0.0))
        return whole_network_scores(*given, exam, silent).scores.T

    def truths(self, plan: TrustPlan) -> tuple[Truths, Truths]:
        """Return the retrainings of a plan that are there, by share: those of the run's own seed, and of other seeds."""
        groups = wanted(plan, self.retrainings)
        own = {share: [removals] for share, removals in groups.own.items()}
        return self._truths(own), self._truths({share: [*seeds.values()] for share, seeds in groups.other.items()})

    def _truths(self, groups: dict[str, list[list[Removal]]]) -> Truths:
        there = {share: [self._there(some) for some in blocks] for share, blocks in groups.items()}
        found = {share: [self._retrained(some) for some in blocks if some] for share, blocks in there.items()}
        return {share: blocks for share, blocks in found.items() if blocks}

    def _there(self, removals: Sequence[Removal]) -> list[Removal]:
        """Return the retrainings that were made; none where they are too few to have an order, or have no whole training beside them."""
        made = self.retrainings
        found = [
            each for each in removals if made.kept(each) is not None and made.kept(Removal((), each.seed)) is not None
        ]
        return found if len(found) >= FEWEST else []

    def _retrained(self, removals: list[Removal]) -> Retrained:
        changes = self.retrainings.changes(removals)[:, self.places]
        return Retrained([np.array(each.dropped) for each in removals], changes, np.arange(len(self.places)))
