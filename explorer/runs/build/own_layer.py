"""A checkpoint's own last layer as it came: which output is which class, and how well it does on the images."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.core.errors import ExplorerError
from explorer.core.phrases import percent
from explorer.models.sharded_head.scaling import RawRows

# Another order of classes is believed where it is right for so much more of the training images, and for 3 deviations more.
GAIN = 0.1
# Deviations by which accuracies must differ to be told apart.
APART = 2.0


@dataclass(frozen=True)
class Labelled:
    """Raw features ``(n, d)`` of images, in memory or in files, and their labels ``(n,)``."""

    features: np.ndarray | RawRows
    labels: np.ndarray

    def answers(
        self, weights: np.ndarray, bias: np.ndarray, outputs: Sequence[int] | slice = slice(None)
    ) -> np.ndarray:
        """Return which of some outputs of a layer is the largest for each image ``(n,)``, as a place in ``outputs``."""
        blocks = [self.features] if isinstance(self.features, np.ndarray) else self.features.blocks()
        logits = (block.astype(np.float64) @ weights.T + bias for block in blocks)
        return np.concatenate([each[:, outputs].argmax(axis=1) for each in logits])


@dataclass(frozen=True)
class OwnLayer:
    """How a last layer does.

    Attributes:
        accuracy: share of the test images that it gets right, its outputs taken in ``order``.
        order: class names, output by output.
        in_data_order: the same share, its outputs taken in the data's order.
        told: whence the order is known: ``"asked"``, ``"file"``, ``"fits"`` or, where it is the data's, ``""``.
        single: whether it has one output, whose sign tells two classes apart.
        chance: share of the largest class among the test images.
        tests: how many there are.
    """

    accuracy: float
    order: tuple[str, ...]
    in_data_order: float
    told: str
    single: bool
    chance: float
    tests: int

    def facts(self) -> dict[str, Any]:
        """Return what a manifest and ``build --json`` say of it."""
        known: dict[str, Any] = {"checkpoint_accuracy": self.accuracy}
        if self.told:
            known |= {"checkpoint_order": list(self.order), "checkpoint_accuracy_in_data_order": self.in_data_order}
        return known

    def doubt(self, fitted: float) -> str:
        """Return why the network is doubtful beside a layer that was fitted to its features; empty where it is not."""
        spread = APART * np.sqrt(0.25 / self.tests)
        if self.accuracy < fitted - max(0.05, spread):
            return f"far below the layer fitted to its features ({percent(fitted)})"
        return "hardly better than guessing" if self.accuracy < self.chance + 0.8 * spread else ""


def judged(
    head: tuple[np.ndarray, np.ndarray] | None,
    train: Labelled,
    test: Labelled,
    classes: Sequence[str],
    asked: str = "",
    in_file: Sequence[str] = (),
) -> OwnLayer | None:
    """Return how a last layer does on the data; None where there is none, or its outputs cannot be told apart.

    Args:
        head: weights ``(C, d)`` and bias ``(C,)``, or one output of a network for two classes.
        train: decides the order of the outputs where nothing tells it.
        test: gives the accuracy.
        classes: of the data, in its order.
        asked: names of the outputs with commas, as a person gave them.
        in_file: names of the outputs that stand in the file.

    Raises:
        ExplorerError: the names that were asked for are not those of the outputs.
    """
    if head is None or not len(test.labels):
        return None
    weights, bias = _two(head) if len(head[0]) == 1 and len(classes) == 2 else head
    names = _asked(asked, len(weights), classes)
    told = "asked" if names else ""
    if not names and (found := _matched(in_file, len(weights), classes)):
        names, told = found, "file" if found != list(classes) else ""
    if not names and len(weights) != len(classes):
        return None
    if not names:
        order = _fitting_order(train.answers(weights, bias), train.labels, len(weights))
        names, told = [classes[label] for label in order], "fits" if order != list(range(len(classes))) else ""
    columns = [names.index(name) for name in classes]
    right = float((test.answers(weights, bias, columns) == test.labels).mean())
    plain = float((test.answers(weights, bias, slice(len(classes))) == test.labels).mean())
    chance = float(np.bincount(test.labels).max() / len(test.labels))
    return OwnLayer(right, tuple(names), plain, told, len(head[0]) == 1, chance, len(test.labels))


def _two(head: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return one output z as two, (0, z)."""
    return np.concatenate([0 * head[0], head[0]]), np.concatenate([0 * head[1], head[1]])


def _fitting_order(answers: np.ndarray, labels: np.ndarray, classes: int) -> list[int]:
    """Return for each output its class: the data's order, unless another fits the images far better.

    It is the assignment of outputs to classes under which most images are right (Kuhn 1955).
    """
    from scipy.optimize import linear_sum_assignment  # a sixth of a second, for which no other build waits

    counts = np.zeros((classes, classes))
    np.add.at(counts, (answers, labels), 1)
    order = linear_sum_assignment(counts, maximize=True)[1].tolist()
    gain = (counts[range(classes), order].sum() - np.trace(counts)) / len(labels)
    return order if gain > max(GAIN, 3 * np.sqrt(0.25 / len(labels))) else list(range(classes))


def _asked(asked: str, outputs: int, classes: Sequence[str]) -> list[str]:
    """Return the names of the outputs that a person gave; none where they gave none."""
    names = [name.strip() for name in asked.split(",")] if asked else []
    if not names:
        return []
    if len(names) != outputs or len(set(names)) < outputs:
        raise ExplorerError(
            f"--classes has {len(names)} names, and the last layer {outputs} outputs; give one name for each, such as {','.join(classes)}."
        )
    if missing := [name for name in classes if name not in names]:
        raise ExplorerError(
            f"--classes does not name {', '.join(missing)}; the classes of the data are {', '.join(classes)}."
        )
    return names


def _matched(in_file: Sequence[str], outputs: int, classes: Sequence[str]) -> list[str]:
    """Return the outputs' names in a file as the data write them; none where a class of the data is missing there."""
    known = {name.casefold().strip(): name for name in classes}
    names = [known.get(name.casefold().strip(), name) for name in in_file]
    return names if len(names) == outputs == len(set(names)) and set(classes) <= set(names) else []
