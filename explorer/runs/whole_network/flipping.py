"""Flipping sets of a whole network: chosen by its scores, and judged by nothing but real retrainings."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from explorer.core.cached_result import CachedResult, cached_json
from explorer.core.progress import Progress, silent
from explorer.evaluation.whole_flip import TRIES, MarginRanking, margin_of, margin_ranking
from explorer.runs.run import Run
from explorer.runs.whole_network.asked import Asked
from explorer.runs.whole_network.kept_basis import load_basis
from explorer.runs.whole_network.kept_files import folder_of, load_epochs
from explorer.runs.whole_network.methods import AVERAGE, check_sizes
from explorer.runs.whole_network.network_outputs import probabilities
from explorer.runs.whole_network.other_seeds import folder_of_seed, replayed_seeds
from explorer.runs.whole_network.whole import WholeNetwork, whole_of

# Counted up when another set would be found, so that what an older version kept is searched again.
VERSION = 2
# A stage for each retraining: how long it takes is known from the others of its name.
STAGES = ("First retraining", "Second retraining", "Third retraining", "Fourth retraining")
# Below this 1 − p the slope of a loss says nothing of its margin's.
SLOPE = 1e-4


@dataclass(frozen=True)
class Try:
    """A set that was really left out.

    Attributes:
        count: how many images, the strongest first.
        predicted: margin of the first prediction without them.
        measured: that margin after a training without them; below zero the answer is another one.
        after: the predicted class then.
    """

    count: int
    predicted: float
    measured: float
    after: int


@dataclass(frozen=True)
class WholeFlip:
    """What was found for one test image.

    Attributes:
        method: whose scores chose the images.
        directions: of the basis, at that time; 0 for other methods.
        before: the class that the network predicts.
        margin: of that prediction.
        rows: training images of the largest set that was tried, the strongest first; none where nothing was.
        tries: all sets, each the first so many of ``rows``; none where the scores cannot reach.
        reach: the margin that is predicted without all images that can go.
        lowering: how many images those are.
        helping: what each image that lowers the margin does to it, strongest first; negative.
        hindering: the same of the images that raise it; positive.
    """

    method: str
    directions: int
    before: int
    margin: float
    rows: list[int]
    tries: list[Try]
    reach: float
    lowering: int
    helping: list[float]
    hindering: list[float]

    @property
    def after(self) -> int:
        """The predicted class after the last retraining; ``before`` where nothing flipped."""
        return self.tries[-1].after if self.tries else self.before

    @property
    def flipped(self) -> bool:
        """Whether a real retraining said another class."""
        return self.after != self.before


def directions_now(run: Run, method: str) -> int:
    """Return how many directions of bases a method would use now; 0 for methods that have none."""
    folders = [folder_of(run.id)] if method in ("replay-basis", AVERAGE) else []
    folders += [folder_of_seed(run.id, seed) for seed in replayed_seeds(run)] if method == AVERAGE else []
    return sum(len(basis.table) for basis in map(load_basis, folders) if basis is not None)


def load_whole_flip(run: Run, index: int, method: str) -> WholeFlip | None:
    """Return the set that was searched before, maybe with fewer directions than there are now; None where none was."""
    return _cached(run, index, method).load()


def find_whole_flip(run: Run, index: int, method: str, progress: Progress = silent) -> WholeFlip:
    """Return a set of training images without which the network, really trained again, predicts another class.

    The strongest by the scores of the prediction's margin are left out, so many that it is predicted to fall below zero by
    :data:`~explorer.evaluation.whole_flip.SAFETY` of itself; where that is not enough, the set grows, at most a few times.
    What is kept is read; retrainings are kept one by one.

    Raises:
        ExplorerError: image or method do not exist, scores of the method have no size, or the run keeps no training.
    """
    network, kept = whole_of(run), _cached(run, run.check_test(index), check_sizes(method))
    if method == "replay-basis":
        network.basis(progress)
    found = kept.load()
    if found is None or found.directions != directions_now(run, method):
        found = _searched(network, index, method, progress)
        kept.save(found)
    return found


def network_mistake(run: Run) -> int | None:
    """Return the test image that the network itself misclassifies most surely; None where all are right."""
    shares = probabilities(whole_of(run).logits)
    wrong = shares.argmax(axis=1) != run.test_labels
    return int(np.where(wrong, shares.max(axis=1), -1).argmax()) if wrong.any() else None


def _searched(network: WholeNetwork, index: int, method: str, progress: Progress) -> WholeFlip:
    logits = network.logits[index]
    before = int(logits.argmax())
    scores = margin_scores(network, index, method, progress)
    ranking = margin_ranking(scores, network.run.train_labels, margin_of(logits, before))
    tries = _tried(network, index, before, ranking, progress)
    return WholeFlip(
        method=method,
        directions=directions_now(network.run, method),
        before=before,
        margin=ranking.margin,
        rows=ranking.rows[: tries[-1].count if tries else 0].tolist(),
        tries=tries,
        reach=ranking.predicted(ranking.most),
        lowering=ranking.most,
        helping=ranking.pushes.tolist(),
        hindering=np.sort(scores[scores > 0])[::-1].tolist(),
    )


def _tried(network: WholeNetwork, index: int, before: int, ranking: MarginRanking, progress: Progress) -> list[Try]:
    from explorer.runs.whole_network.retrained_logits import retrained_logits  # torch

    tries: list[Try] = []
    count = ranking.first
    while count and len(tries) < TRIES:
        staged = _called(STAGES[len(tries)], progress)
        after = retrained_logits(network, ranking.rows[:count], staged)[index]
        tries.append(Try(count, ranking.predicted(count), margin_of(after, before), int(after.argmax())))
        count = ranking.larger(count) if tries[-1].after == before else 0
    return tries


def _called(stage: str, progress: Progress) -> Progress:
    """Return a progress for which all that happens is one stage."""
    return lambda _, done, total, figures={}: progress(stage, done, total, figures)


def margin_scores(network: WholeNetwork, index: int, method: str, progress: Progress = silent) -> np.ndarray:
    """Return what removing each training image does to the margin ``(n,)`` of the network's prediction of a test image.

    Of two classes a loss is a function of the margin alone: where the exact derivative of the loss is kept, it is not replayed.
    """
    logits, label = network.logits[index], int(network.run.test_labels[index])
    before = int(logits.argmax())
    loss = Asked([label], [index])
    others = 1.0 - float(probabilities(logits[None])[0, label])
    two = len(logits) == 2 and others > SLOPE
    if method == "unrolled" and two and load_epochs(network.folder, loss.names) is not None:
        of_label = network.answer(loss, method, progress).scores[0] / -others
        return np.asarray(of_label if label == before else -of_label)
    return np.asarray(network.answer(Asked([before], [index], kind="margin"), method, progress).scores[0])


def _cached(run: Run, index: int, method: str) -> CachedResult[WholeFlip]:
    path = folder_of(run.id) / f"flip-{run.check_test(index)}-{method}.json"
    return cached_json(path, asdict, _decoded, {"version": VERSION})


def _decoded(content: dict[str, Any]) -> WholeFlip:
    known = {name: content[name] for name in WholeFlip.__dataclass_fields__}
    return WholeFlip(**known | {"tries": [Try(**each) for each in content["tries"]]})
