"""The confusion matrix as links: each count opens the test images behind it."""

import numpy as np

from explorer.app import screen_text, urls
from explorer.app.components.blocks.blocks import Block, doors, small, text
from explorer.runs.run import Run

# A table of more classes than this is no longer read; the most frequent confusions are listed instead.
TABLE_CLASSES, LISTED = 5, 12


def confusion(run: Run) -> list[Block]:
    """Return the confusion matrix of a run as rows of links; of many classes, only its largest errors."""
    classes = run.class_names
    counts = np.zeros((len(classes), len(classes)), dtype=int)
    np.add.at(counts, (run.test_labels, run.predicted), 1)
    if len(classes) > TABLE_CLASSES:
        return _list(classes, counts)
    blocks = []
    for row, label in enumerate(classes):
        share = counts[row, row] / max(1, counts[row].sum())
        cells = [_cell(label, predicted, int(counts[row, column])) for column, predicted in enumerate(classes)]
        blocks += [text(f"{screen_text.percent(share)} of the images labelled {label} are right:"), doors(*cells)]
    return [*blocks, small("Click a count to see its images.")]


def _list(classes: list[str], counts: np.ndarray) -> list[Block]:
    off = counts - np.diag(np.diag(counts))
    pairs = [divmod(int(cell), len(classes)) for cell in np.argsort(-off, axis=None, kind="stable")[:LISTED]]
    cells = [_cell(classes[row], classes[column], int(off[row, column])) for row, column in pairs if off[row, column]]
    return [text("The most frequent confusions; click one to see its images:"), doors(*cells)]


def _cell(label: str, predicted: str, count: int) -> tuple[str, str]:
    right = label == predicted
    state = urls.query_state(label=label, predicted=predicted, show="right" if right else "wrong")
    return f"{'✓' if right else '✗'} {label} → {predicted}: {count}", urls.address("predictions", **state)
