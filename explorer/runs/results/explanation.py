"""One prediction with the training images that helped and harmed it most."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from explorer.attribution import Row, Tests
from explorer.attribution.class_rows import first_rows
from explorer.core.captions import Scale, scale_of
from explorer.core.errors import ExplorerError
from explorer.core.progress import Progress, silent
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
class Attribution:
    """What a screen says of one picture, wherever it comes from.

    Attributes:
        target: the class attributed to.
        loss: −log p(target), nats.
        scores: ``(n,)`` all scores, for their histogram.
        residual: relative residual of an iterative method's solution; None for the others.
        exact: whether all scores are exact; else those of both lists are, and the others a first scan.
        share_held: of the question's gradient by the basis of ``replay-basis``, 0 to 1, in the mean over trainings; None for other methods.
        trainings: of the network, of whose answers this is the mean.
        error: how far scores of a first scan can be off, proved, and with it both lists and their order; 0 where all are exact;
            None where the others are first order in the test loss, by an error that is not known.
        unit: of a score: ``"nats"``; ``""`` where a method of the whole network gives an order alone.
        whole: whether the whole network is explained, by its own last layer, instead of the run's head.
    """

    method: str
    predicted: str
    target: str
    probabilities: dict[str, float]
    loss: float
    helpful: list[Neighbour]
    harmful: list[Neighbour]
    scores: np.ndarray
    residual: float | None
    exact: bool
    share_held: float | None = field(default=None, kw_only=True)
    trainings: int = field(default=1, kw_only=True)
    error: float | None = field(default=0.0, kw_only=True)
    unit: str = field(default="nats", kw_only=True)
    whole: bool = field(default=False, kw_only=True)

    @property
    def probability(self) -> float:
        """Of the class attributed to, as the model is."""
        return self.probabilities[self.target]

    @property
    def scale(self) -> Scale:
        """How the numbers of both lists are written."""
        shown = (*self.helpful, *self.harmful)
        after = [entry.probability_without for entry in shown]
        return scale_of([entry.score for entry in shown], self.probability, after)


@dataclass(frozen=True, eq=False)
class Explanation(Attribution):
    """What a screen says of one test image.

    Attributes:
        index: of the test image.
        label: its class in the data set.
    """

    index: int
    label: str


def explain(
    run: Run,
    index: int,
    method: str | None = None,
    top: int = 24,
    target_class: str | None = None,
    progress: Progress = silent,
) -> Explanation:
    """Return the strongest helpful and harmful training images of a test image; a long solve tells ``progress`` how far it is.

    Raises:
        ExplorerError: index, method, top or class do not exist.
    """
    return explain_many(run, [index], method, top, target_class, progress)[0]


def first_estimate(run: Run, index: int, method: str, top: int, target_class: str | None = None) -> Explanation | None:
    """Return an explanation to look at while the exact one is computed: both lists are in the order of an estimate, its scores are no figures.

    None where the exact one takes no longer than a click, or where nothing estimates it.

    Raises:
        ExplorerError: index, method, top or class do not exist.
    """
    tests = _asked(run, [index], method, top, target_class)
    rows = first_rows(run.scorer(method).estimator, run.curvature, tests, top)
    if rows is None:
        return None
    (found,) = _attributions(run, tests, tests.probabilities, method, rows)
    sides = ([replace(entry, probability_without=None) for entry in side] for side in (found.helpful, found.harmful))
    helpful, harmful = sides
    return _explanation(run, index, replace(found, helpful=helpful, harmful=harmful, unit=""))


def explain_many(
    run: Run,
    indices: Sequence[int],
    method: str | None = None,
    top: int = 24,
    target_class: str | None = None,
    progress: Progress = silent,
) -> list[Explanation]:
    """Return explanations of a few test images, computed together.

    Raises:
        ExplorerError: an index, the method, top or the class do not exist.
    """
    method = method or run.default_method
    tests = _asked(run, indices, method, top, target_class)
    found = attributed(run, tests, tests.probabilities, method, top, progress)
    return [_explanation(run, *pair) for pair in zip(indices, found, strict=True)]


def _asked(run: Run, indices: Sequence[int], method: str, top: int, target_class: str | None) -> Tests:
    """Return test images of a run, attributed for a class or for their labels."""
    check_top(top)
    targets = np.array([_target(run, run.check_test(index), target_class) for index in indices])
    return run.scorer(method).tests(np.asarray(run.test_features[list(indices)]), targets, np.array(indices))


def _explanation(run: Run, index: int, attribution: Attribution) -> Explanation:
    return Explanation(**vars(attribution), index=int(index), label=run.class_names[run.test_labels[index]])


def check_top(top: int) -> None:
    """Raise where a side cannot have so many images.

    Raises:
        ExplorerError: it cannot.
    """
    if not 1 <= top <= MOST:
        raise ExplorerError(f"The lists cannot have {top} images; choose 1 to {MOST}.")


def attributed(
    run: Run, tests: Tests, probabilities: np.ndarray, method: str, top: int, progress: Progress = silent
) -> list[Attribution]:
    """Return what is said of each of some pictures, of which the model says ``probabilities`` ``(m, C)``."""
    return _attributions(run, tests, probabilities, method, run.scorer(method).rows(tests, top, progress))


def _attributions(
    run: Run, tests: Tests, probabilities: np.ndarray, method: str, rows: Sequence[Row]
) -> list[Attribution]:
    losses = run.head.losses(tests.features, tests.targets)
    return [
        _attribution(run, method, shares, int(target), float(loss), row)
        for shares, target, loss, row in zip(probabilities, tests.targets, losses, rows, strict=True)
    ]


def _attribution(run: Run, method: str, shares: np.ndarray, target: int, loss: float, row: Row) -> Attribution:
    unit = run.scorer(method).estimator.unit
    whole = loss if unit == "nats" else None
    helpful, harmful = (
        [_neighbour(run, int(i), float(row.scores[i]), whole) for i in side] for side in (row.helpful, row.harmful)
    )
    probabilities = dict(zip(run.class_names, shares.tolist(), strict=True))
    predicted, target_name = run.class_names[shares.argmax()], run.class_names[target]
    sides = (helpful, harmful)
    found = Attribution(
        method, predicted, target_name, probabilities, loss, *sides, row.scores, row.residual, row.exact
    )
    return replace(found, unit=unit, error=row.error)


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
