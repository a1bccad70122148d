"""Filters and sort orders of the gallery of predictions, in words."""

from collections.abc import Mapping

import numpy as np

from explorer.app import urls
from explorer.app.components.blocks.blocks import Block, doors
from explorer.app.components.take_along.take_along import Tabled
from explorer.runs.prediction_filter import PredictionFilter
from explorer.runs.run import Run

SUBSETS = {"wrong": "wrong predictions", "right": "right predictions", "all": "all images"}
ORDERS = {
    "sure": "margin, the surest first",
    "unsure": "margin, the least sure first",
    "loss": "loss, the highest first",
    "confidence": "probability of what it says",
    "index": "number",
    "file": "file name",
}


def filtered_rows(run: Run, show: str, label: str, predicted: str, order: str, find: str = "") -> np.ndarray:
    """Return the test rows that match the filters, sorted; an unknown class name matches any class."""
    return PredictionFilter(show, label, predicted, find, order).rows(run)


def count_sentence(run: Run, count: int, find: str, page: int, pages: int) -> str:
    """Return how many images fit, of how many, and which page of them is shown."""
    words = f" with “{find[:60]}”" if find else ""
    return f"{count:,} of {len(run.test_labels):,} test images{words}" + (
        f", page {page:,} of {pages:,}" if pages > 1 else ""
    )


def tables_of(run: Run, count: int, state: Mapping[str, str]) -> list[Tabled]:
    """Return the tables of this page: the images that fit the filters, all test images, and the training images."""
    every, n = len(run.test_labels), len(run.train_labels)
    shown = (
        [Tabled("this image" if count == 1 else f"these {count:,} images", "predictions", {**state})]
        if 0 < count < every
        else []
    )
    return [
        *shown,
        Tabled(f"all {every:,} test images", "predictions"),
        Tabled(f"all {n:,} training images", "predictions", {"side": "train"}),
    ]


def causes_link(run: Run, label: str, predicted: str) -> list[Block]:
    """Return the link to the causes of a confusion cell; empty unless both its classes are chosen."""
    if label not in run.class_names or predicted not in run.class_names:
        return []
    state = urls.query_state(view="cell", label=label, predicted=predicted)
    return [doors(("Which training images caused this cell?", urls.address("suspects", **state)))]
