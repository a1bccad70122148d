"""Explanations by the whole network of a run: the form of every other explanation, with the network's own probabilities."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer.attribution.row import leaders
from explorer.core.errors import ExplorerError
from explorer.core.progress import Progress, silent
from explorer.runs.results.explanation import Attribution, Explanation, Neighbour, check_top
from explorer.runs.run import Run
from explorer.runs.whole_network import network_outputs
from explorer.runs.whole_network.asked import Answer, Asked
from explorer.runs.whole_network.kept_files import folder_of, load_epochs
from explorer.runs.whole_network.methods import NATS, check_method
from explorer.runs.whole_network.whole import whole_of


@dataclass(frozen=True, eq=False)
class SumExplanation:
    """Which training images helped and harmed a sum of test images' losses most.

    Attributes:
        rows: of the test images.
        loss: sum of −log p(label), nats.
        helpful: strongest first; scores are of the sum.
        harmful: strongest first.
        scores: ``(n,)``.
        share_held: of the exact answer, of its squares, by the basis, about; None for other methods.
        unit: ``"nats"``, or ``""`` where only their order means something.
    """

    method: str
    rows: list[int]
    loss: float
    helpful: list[Neighbour]
    harmful: list[Neighbour]
    scores: np.ndarray
    share_held: float | None
    unit: str


def explain_whole(
    run: Run,
    index: int,
    method: str,
    top: int = 24,
    target_class: str | None = None,
    progress: Progress = silent,
) -> Explanation:
    """Return the training images that helped and harmed one test image most, by a method of the whole network.

    Probabilities, predicted class and loss are those of the network's own last layer. What is not kept is computed now.

    Args:
        run: on a network whose training was recorded.
        index: of the test image.
        method: a name in :data:`explorer.runs.whole_network.methods.METHODS`.
        top: training images a side.
        target_class: attribute to this class instead of the true one.
        progress: of what has to be computed first.

    Raises:
        ExplorerError: index, method, top or class do not exist, the run keeps no training, or the disk is full.
    """
    check_top(top)
    label = int(run.test_labels[run.check_test(index)])
    target = label if target_class is None else run.class_index(target_class)
    network = whole_of(run)
    answer = network.answer(Asked([target], [index]), check_method(method), progress)
    found = attribution_of(run, method, network.logits[index], target, answer, top)
    return Explanation(**vars(found), index=index, label=run.class_names[label])


def explain_whole_picture(
    run: Run,
    content: bytes,
    method: str,
    top: int = 24,
    target_class: str | None = None,
    progress: Progress = silent,
) -> Attribution:
    """Return the same of a picture of one's own, the bytes of a file, for its predicted class.

    Raises:
        ExplorerError: as :func:`explain_whole`, or the bytes are no picture.
    """
    check_top(top)
    network, method = whole_of(run), check_method(method)
    pixels = network.pixels_of_picture(content)
    logits = network.logits_of(pixels)[0]
    target = int(logits.argmax()) if target_class is None else run.class_index(target_class)
    answer = network.answer(Asked([target], pixels=pixels), method, progress)
    return attribution_of(run, method, logits, target, answer, top)


def explain_sum(
    run: Run, rows: Sequence[int], method: str, top: int = 24, progress: Progress = silent
) -> SumExplanation:
    """Return the training images that helped and harmed the summed loss of some test images most, for the price of one.

    Raises:
        ExplorerError: as :func:`explain_whole`, or no row was given.
    """
    check_top(top)
    chosen = [run.check_test(int(row)) for row in rows]
    if not chosen:
        raise ExplorerError("No test image was chosen; give at least one.")
    network, targets = whole_of(run), [int(run.test_labels[row]) for row in chosen]
    answer = network.answer(Asked(targets, chosen, together=True), check_method(method), progress)
    loss = float(network_outputs.losses(network.logits[chosen], targets).sum())
    sides = _sides(run, answer, top, None)
    return SumExplanation(method, chosen, loss, *sides, answer.scores[0], answer.share_held, NATS[method])


def most_confidently_wrong(run: Run, label: str) -> int:
    """Return the test image of a class that the network's own last layer misclassifies with the highest probability.

    Raises:
        ExplorerError: there is no such class, the network makes no mistake on it, or the run keeps no training.
    """
    of_class = np.flatnonzero(run.test_labels == run.class_index(label))
    shares = network_outputs.probabilities(whole_of(run).logits[of_class])
    wrong = shares.argmax(axis=1) != run.class_index(label)
    if not wrong.any():
        raise ExplorerError(f"The network itself misclassifies no test image of class {label!r} in this run.")
    return int(of_class[np.where(wrong, shares.max(axis=1), -1).argmax()])


def scores_by_epoch(run: Run, index: int, target_class: str | None = None) -> np.ndarray | None:
    """Return what each epoch added to the exact scores of a test image ``(E, n)``, nats; None where they are not kept."""
    label = int(run.test_labels[run.check_test(index)])
    target = label if target_class is None else run.class_index(target_class)
    found = load_epochs(folder_of(run.id), Asked([target], [index]).names)
    return None if found is None else -found[0]


def attribution_of(run: Run, method: str, logits: np.ndarray, target: int, answer: Answer, top: int) -> Attribution:
    """Return what is said of a picture with these logits ``(C,)`` of the network, of which a method gave an answer."""
    shares = network_outputs.probabilities(logits[None])[0]
    loss = float(network_outputs.losses(logits[None], [target])[0])
    helpful, harmful = _sides(run, answer, top, loss if NATS[method] else None)
    return Attribution(
        method=method,
        predicted=run.class_names[shares.argmax()],
        target=run.class_names[target],
        probabilities=dict(zip(run.class_names, shares.tolist(), strict=True)),
        loss=loss,
        helpful=helpful,
        harmful=harmful,
        scores=answer.scores[0],
        residual=None,
        exact=method == "unrolled",
        share_held=answer.share_held,
        trainings=answer.trainings,
        unit=NATS[method],
        whole=True,
    )


def _sides(run: Run, answer: Answer, top: int, loss: float | None) -> tuple[list[Neighbour], list[Neighbour]]:
    scores = answer.scores[0]
    helpful, harmful = (
        [_neighbour(run, int(row), float(scores[row]), loss) for row in side] for side in leaders(scores, top)
    )
    return helpful, harmful


def _neighbour(run: Run, row: int, score: float, loss: float | None) -> Neighbour:
    without = None if loss is None else float(np.exp(-max(0.0, loss + score)))
    return Neighbour(row, run.class_names[run.train_labels[row]], score, without)
