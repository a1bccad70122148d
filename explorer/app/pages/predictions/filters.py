"""Filters and sort orders of the gallery of predictions."""

import numpy as np

from explorer.app import urls
from explorer.app.components.blocks.blocks import Block, doors
from explorer.runs.run import Run

SUBSETS = {"wrong": "wrong predictions", "right": "right predictions", "all": "all images"}
ORDERS = {"sure": "the surest", "unsure": "the least sure", "loss": "the highest loss", "index": "in the data's order"}


def filtered_rows(run: Run, show: str, label: str, predicted: str, order: str) -> np.ndarray:
    """Return the test rows that match the filters, sorted; an unknown class name matches any class."""
    right = run.predicted == run.test_labels
    fits = {"wrong": ~right, "right": right}.get(show, np.ones(len(right), dtype=bool))
    for name, values in ((label, run.test_labels), (predicted, run.predicted)):
        if name in run.class_names:
            fits = fits & (values == run.class_index(name))
    rows = np.flatnonzero(fits)
    return rows[np.argsort(_sort_keys(run, order)[rows], kind="stable")]


def _sort_keys(run: Run, order: str) -> np.ndarray:
    """Return the ascending sort key of all test images ``(m,)``; the margin is the gap between the two most probable classes."""
    two = np.sort(run.test_probabilities, axis=1)[:, -2:]
    margin = two[:, 1] - two[:, 0]
    return {"sure": -margin, "unsure": margin, "loss": -run.test_losses}.get(order, np.arange(len(margin)))


def causes_link(run: Run, label: str, predicted: str) -> list[Block]:
    """Return the link to the causes of a confusion cell; empty unless both its classes are chosen."""
    if label not in run.class_names or predicted not in run.class_names:
        return []
    state = urls.query_state(view="cell", label=label, predicted=predicted)
    return [doors(("Which training images caused this cell?", urls.address("suspects", **state)))]
