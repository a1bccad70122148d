"""Which test images a list of predictions shows, and in which order."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from explorer.core.errors import unknown
from explorer.runs.edits import edit_log
from explorer.runs.edits.exchange import file_of
from explorer.runs.run import Run

SHOWS = ("wrong", "right", "all")
ORDERS = ("sure", "unsure", "loss", "confidence", "index", "file")


@dataclass(frozen=True)
class PredictionFilter:
    """What is asked of the test images.

    Attributes:
        show: ``wrong``, ``right`` or ``all`` predictions.
        label: of this class only; a name that is no class means any.
        predicted: called so by the model; likewise.
        find: what :func:`found` looks for; nothing in particular where empty.
        order: one of ``ORDERS``. The margin, by which the surest come first, is the gap between the two most probable classes.
    """

    show: str = "all"
    label: str = ""
    predicted: str = ""
    find: str = ""
    order: str = "index"

    def checked(self) -> "PredictionFilter":
        """Return the filter itself.

        Raises:
            ExplorerError: there is no such order, or nothing of this kind to show.
        """
        for what, word, words in (("show", self.show, SHOWS), ("order", self.order, ORDERS)):
            if word not in words:
                raise unknown(what, word[:40], list(words))
        return self

    def rows(self, run: Run) -> np.ndarray:
        """Return the test images ``(k,)`` that fit, in order."""
        right = run.predicted == run.test_labels
        fits = {"wrong": ~right, "right": right}.get(self.show, np.ones(len(right), dtype=bool))
        for name, values in ((self.label, run.test_labels), (self.predicted, run.predicted)):
            if name in run.class_names:
                fits = fits & (values == run.class_index(name))
        rows = np.flatnonzero(fits & found(run, self.find))
        return rows[np.argsort(_sort_keys(run, self.order)[rows], kind="stable")]


def found(run: Run, words: str) -> np.ndarray:
    """Return for each test image ``(m,)`` whether the words say something about it; case does not matter.

    The name of a class means the images with that label and no others. Otherwise the number of an image or a tag must be said
    whole; of its file's name and its note a part is enough. No words mean every image.
    """
    text, names = words.strip().casefold(), [name.casefold() for name in run.class_names]
    if not text:
        return np.ones(len(run.test_labels), dtype=bool)
    if text in names:
        return run.test_labels == names.index(text)
    state = edit_log.state(run.data_digest)
    return np.array([any(_fits(run, state, row, text)) for row in range(len(run.test_labels))])


def _fits(run: Run, state: edit_log.State, row: int, text: str) -> Iterator[bool]:
    yield text == str(row)
    yield text in map(str.casefold, state.test_tags.get(row, ()))
    yield text in state.test_notes.get(row, "").casefold()
    yield text in file_of(run, "test", row).casefold()


def _sort_keys(run: Run, order: str) -> np.ndarray:
    """Return the ascending sort key of all test images ``(m,)``."""
    if order == "file":
        files = np.array([file_of(run, "test", row) for row in range(len(run.test_labels))])
        return np.unique(files, return_inverse=True)[1]
    two = np.sort(run.test_probabilities, axis=1)[:, -2:]
    margin = two[:, 1] - two[:, 0]
    keys = {"sure": -margin, "unsure": margin, "loss": -run.test_losses, "confidence": -two[:, 1]}
    return keys.get(order, np.arange(len(margin)))
