"""The confusion of many classes: the worst first, found by name, and no cell without images."""

from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest

from explorer.app.components.confusion import confusion
from explorer.app.components.confusion.confusion import LISTED, confused_pairs

CLASSES = 200
NAMES = [f"kind {row}" for row in range(CLASSES)]


@pytest.fixture
def many():
    """A run of 200 classes with 5 test images each, the last without any, about half of them answered rightly."""
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(CLASSES - 1), 5)
    said = np.where(rng.random(len(labels)) < 0.5, labels, rng.integers(0, CLASSES, len(labels)))
    return SimpleNamespace(class_names=NAMES, test_labels=labels, predicted=said)


@pytest.fixture(autouse=True)
def address(monkeypatch):
    """The search of the address, and links that hold what they were given."""
    state = {}
    monkeypatch.setattr(confusion, "search_words", lambda: state.get("find", ""))
    monkeypatch.setattr(confusion, "search_field", lambda *_: {"kind": "search"})
    monkeypatch.setattr(confusion.urls, "query_state", lambda **given: {k: v for k, v in given.items() if v})
    return state


def rankings(run):
    search, sides = confusion.confusion(run)
    assert search == {"kind": "search"}
    return [column["blocks"][0] for column in sides["columns"]]


def test_pairs_are_those_of_a_loop_over_all_cells_in_their_order(many):
    cells, asked = (
        Counter(zip(many.test_labels.tolist(), many.predicted.tolist(), strict=True)),
        Counter(many.test_labels),
    )
    slow = sorted((-k, -k / asked[cell[0]], *cell) for cell, k in cells.items() if cell[0] != cell[1])
    pairs, counts = confused_pairs(many.test_labels, many.predicted)
    assert [(-k, *cell) for k, cell in zip(counts, pairs.tolist(), strict=True)] == [(k, *cell) for k, _, *cell in slow]
    assert [len(part) for part in confused_pairs(many.predicted, many.predicted)] == [0, 0]


def test_the_worst_class_stands_first_and_a_class_without_images_nowhere(many):
    classes, pairs = rankings(many)
    shares = [row["share"] for row in classes["rows"]]
    assert shares == sorted(shares)
    assert len(shares) == LISTED == len(pairs["rows"])
    assert classes["note"] == f"{LISTED} of {CLASSES - 1} classes; search by name for the others."
    label = classes["rows"][0]["name"]
    right = (many.predicted == many.test_labels)[many.test_labels == NAMES.index(label)]
    assert classes["rows"][0]["numbers"].startswith(f"{right.sum()} of {len(right)}, ")
    assert NAMES[-1] not in [row["name"] for row in classes["rows"]]


def test_a_search_finds_a_class_and_both_its_confusions(many, address):
    address["find"] = "KIND 19"
    classes, pairs = rankings(many)
    assert {row["name"] for row in classes["rows"]} == {"kind 19", *(f"kind {row}" for row in range(190, 199))}
    assert pairs["rows"]
    assert all("kind 19" in row["name"] for row in pairs["rows"])
    assert "label=kind" in pairs["rows"][0]["href"]


def test_a_search_without_a_class_says_so(many, address):
    address["find"] = "zebra"
    _, said = confusion.confusion(many)
    assert said["text"] == confusion.NO_SUCH_CLASS
