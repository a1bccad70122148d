"""One prediction and the training images that helped and harmed it, in the words of a screen or of JSON."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer.attribution import Row
from explorer.errors import ExplorerError
from explorer.runs.run import Run

# More than this a side is no gallery; ``export`` writes all scores.
MOST = 1000


@dataclass(frozen=True)
class Neighbour:
    """A training image with its score on one test image.

    Attributes:
        score: change of the test loss if it were left out, nats; positive is helpful.
        probability_without: of the class attributed to, if it were left out; None where scores are not nats of loss.
    """

    train_index: int
    label: str
    score: float
    probability_without: float | None


@dataclass(frozen=True, eq=False)
class Explanation:
    """What a screen says of one test image.

    Attributes:
        target: the class attributed to.
        loss: −log p(target), nats.
        scores: ``(n,)`` all scores, for their histogram.
        residual: relative residual of an iterative method's solution; None for the others.
    """

    index: int
    method: str
    label: str
    predicted: str
    target: str
    probabilities: dict[str, float]
    loss: float
    helpful: list[Neighbour]
    harmful: list[Neighbour]
    scores: np.ndarray
    residual: float | None

    @property
    def probability(self) -> float:
        """Of the class attributed to, as the model is."""
        return self.probabilities[self.target]


def explain(
    run: Run, index: int, method: str | None = None, top: int = 24, target_class: str | None = None
) -> Explanation:
    """Return the strongest helpful and harmful training images of a test image.

    Raises:
        ExplorerError: index, method, top or class do not exist.
    """
    return explain_many(run, [index], method, top, target_class)[0]


def explain_many(
    run: Run, indices: Sequence[int], method: str | None = None, top: int = 24, target_class: str | None = None
) -> list[Explanation]:
    """Return explanations of a few test images, computed together.

    Raises:
        ExplorerError: an index, the method, top or the class do not exist.
    """
    if not 1 <= top <= MOST:
        raise ExplorerError(f"The lists cannot have {top} images; choose 1 to {MOST}.")
    targets = np.array([_target(run, run.check_test(index), target_class) for index in indices])
    method = method or run.default_method
    scorer = run.scorer(method)
    tests = scorer.tests(np.asarray(run.test_features[list(indices)]), targets, np.array(indices))
    losses = run.head.losses(tests.features, targets)
    rows = scorer.rows(tests, top)
    return [
        _explanation(run, method, int(index), int(target), float(loss), row)
        for index, target, loss, row in zip(indices, targets, losses, rows, strict=True)
    ]


def _explanation(run: Run, method: str, index: int, target: int, loss: float, row: Row) -> Explanation:
    whole = loss if run.scorer(method).estimator.unit == "nats" else None
    sides = [
        [_neighbour(run, int(i), float(row.scores[i]), whole) for i in side] for side in (row.helpful, row.harmful)
    ]
    return Explanation(
        index=index,
        method=method,
        label=run.class_names[run.test_labels[index]],
        predicted=run.class_names[run.predicted[index]],
        target=run.class_names[target],
        probabilities=dict(zip(run.class_names, run.test_probabilities[index].tolist(), strict=True)),
        loss=loss,
        helpful=sides[0],
        harmful=sides[1],
        scores=row.scores,
        residual=row.residual,
    )


def all_scores(run: Run, index: int, method: str | None, target_class: str | None = None) -> np.ndarray:
    """Return the scores ``(n,)`` of all training images on a test image, every one exact, nats."""
    target = _target(run, run.check_test(index), target_class)
    scorer = run.scorer(method or run.default_method)
    return scorer.exact(scorer.tests(run.test_features[[index]], np.array([target]), np.array([index])))[:, 0]


def effects(run: Run, train_index: int, method: str | None = None) -> np.ndarray:
    """Return the scores ``(m,)`` of one training image on every test image, nats."""
    return run.scorer(method or run.default_method).column(run.check_train(train_index), run.tests)


def _target(run: Run, index: int, target_class: str | None) -> int:
    return int(run.test_labels[index]) if target_class is None else run.class_index(target_class)


def _neighbour(run: Run, row: int, score: float, loss: float | None) -> Neighbour:
    label = run.class_names[run.train_labels[row]]
    return Neighbour(row, label, score, None if loss is None else float(np.exp(-(loss + score))))
