"""Which test images the gallery of predictions shows, and in which order."""

import numpy as np

from explorer.app import urls
from explorer.app.components.blocks.blocks import Block, doors
from explorer.runs.run import Run

SHOWN = {"wrong": "wrong predictions", "right": "right predictions", "all": "all images"}
ORDERS = {"sure": "the surest", "unsure": "the least sure", "loss": "the highest loss", "index": "in the data's order"}


def ordered(run: Run, show: str, label: str, predicted: str, order: str) -> np.ndarray:
    """Return the rows of the test images that fit, in order; a class that the run has not means any class."""
    right = run.predicted == run.test_labels
    fits = {"wrong": ~right, "right": right}.get(show, np.ones(len(right), dtype=bool))
    for name, values in ((label, run.test_labels), (predicted, run.predicted)):
        if name in run.class_names:
            fits = fits & (values == run.class_index(name))
    rows = np.flatnonzero(fits)
    return rows[np.argsort(_keys(run, order)[rows], kind="stable")]


def _keys(run: Run, order: str) -> np.ndarray:
    """Return what is sorted by, ascending: the margin is the gap between the two most probable classes."""
    two = np.sort(run.test_probabilities, axis=1)[:, -2:]
    margin = two[:, 1] - two[:, 0]
    return {"sure": -margin, "unsure": margin, "loss": -run.test_losses}.get(order, np.arange(len(margin)))


def caused(run: Run, label: str, predicted: str) -> list[Block]:
    """Return the link to the training images behind a confusion cell, where both classes of one are chosen."""
    if label not in run.class_names or predicted not in run.class_names:
        return []
    state = urls.query_state(view="cell", label=label, predicted=predicted)
    return [doors(("Which training images caused this cell?", urls.address("suspects", **state)))]
