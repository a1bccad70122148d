"""Flipping sets that are kept on disk, and the mistake that the first screen opens on."""

import json

import numpy as np
import pytest

from explorer.core import home
from explorer.evaluation.flip import smallest_flip
from explorer.runs.results import flipping_sets
from explorer.runs.results.flipping_sets import find_flip, first_mistake, load_flip


@pytest.fixture(autouse=True)
def empty(run, tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path))


@pytest.mark.parametrize("relabel", [False, True], ids=["removing", "relabelling"])
def test_a_set_is_searched_once_and_read_as_it_was_found(run, monkeypatch, relabel):
    wrong = first_mistake(run)
    assert load_flip(run, wrong, relabel) is None
    expected = smallest_flip(run.scorer("newton"), np.asarray(run.test_features[wrong]), relabel)
    find_flip(run, wrong, relabel)
    monkeypatch.setattr(flipping_sets, "smallest_flip", None)
    found = find_flip(run, wrong, relabel)
    assert vars(found).keys() == vars(expected).keys()
    for name, value in vars(expected).items():
        np.testing.assert_array_equal(getattr(found, name), value)
    assert load_flip(run, wrong, not relabel) is None


def test_a_damaged_or_older_file_is_searched_again(run):
    wrong = first_mistake(run)
    find_flip(run, wrong)
    (path,) = (home.root() / "flips" / run.id).glob("*.json")
    path.write_text(path.read_text().replace('"margin": ', '"margin": 1'))
    assert load_flip(run, wrong) is None
    path.unlink()
    find_flip(run, wrong)
    content = json.loads(path.read_text())
    assert content["version"] == flipping_sets.VERSION
    assert content["before"] == int(run.predicted[wrong])


def test_the_first_mistake_is_the_surest_of_the_first_class(run):
    wrong = first_mistake(run)
    assert run.test_labels[wrong] == 0 != run.predicted[wrong]
    rivals = run.confidently_wrong(0)
    assert run.test_probabilities[wrong].max() == run.test_probabilities[rivals].max()
