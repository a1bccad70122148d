"""The views of Suspects in their orders: groups, and the training images behind a kind of error."""

import json

import numpy as np
import pytest

from explorer.app.pages.suspects import cleaning, error_causes, groups
from explorer.runs.results.groups import Group
from tests.support.pages import opened


def group(label, size, measured, separation=None):
    figures = {"cat": measured, "dog": 0.0}
    return Group(label, np.arange(size), figures, None, figures, separation)


@pytest.fixture
def some():
    return [group(0, 30, 0.2), group(1, 10, -0.3, 9.0), group(0, 20, -0.1, 8.0), group(1, 40, 0.0)]


@pytest.mark.parametrize(
    ("sort", "places"),
    [
        ("apart", [1, 2, 0, 3]),
        ("harm", [1, 2, 3, 0]),
        ("help", [0, 3, 2, 1]),
        ("effect", [1, 0, 2, 3]),
        ("large", [3, 0, 2, 1]),
        ("small", [1, 2, 0, 3]),
        ("class", [0, 2, 3, 1]),
    ],
)
def test_groups_in_an_order(run, some, sort, places):
    assert groups.in_order(run, some, sort) == [some[place] for place in places]
    assert list(groups.ORDERS) == ["effect", "harm", "help", "apart", "large", "small", "class"]


def test_the_effect_of_a_group_is_the_mean_over_all_test_images(run):
    figures = {"cat": 0.5, "dog": -0.25}
    cats = (run.test_labels == 0).mean()
    found = groups.overall_effect(run, Group(0, np.arange(3), figures, None, None, None))
    np.testing.assert_allclose(found, 0.5 * cats - 0.25 * (1 - cats))


def test_what_is_said_first_is_what_stands_first(run):
    label, predicted = next(iter(error_causes.confusion_counts(run)))
    tests = error_causes.chosen_tests(run, label, predicted)
    influence = error_causes._influence(run.id, label, predicted, "")
    first = influence.ranked("total")[0]
    said = error_causes.total_sentence(influence, tests)
    assert said.startswith(f"First comes training image {first}: without it, the losses of the {tests.description}")
    assert f"most harmful of {influence.harmed[first]} of them" in said
    most = influence.harmed[influence.ranked("consensus")[0]]
    assert f" {most} of the {tests.description}" in error_causes.consensus_sentence(influence, tests)


def test_who_decided_nothing_is_led_on_from_the_empty_curve(monkeypatch):
    monkeypatch.setattr(
        cleaning, "_draw_truth_curve", cleaning._draw_edits_curve
    )  # as of a run whose wrong labels nobody knows
    known = cleaning.backend.runs()
    for runs, ways in ((known, 1), (known | {"article": known["default"]}, 2)):
        monkeypatch.setattr(cleaning.backend, "runs", lambda runs=runs: runs)
        shown = opened("suspects", run="default", view="cleaning")
        blocks = [each for element in shown.get("bidi_component") for each in json.loads(element.proto.json)["blocks"]]
        doors = [block["links"] for block in blocks if block["kind"] == "doors"]
        assert ["Open the review queue" in str(links) and len(links) for links in doors] == [ways]


def test_groups_and_causes_stand_in_tables(run, some):
    row = groups.group_numbers(run, some[1])
    assert (row["class"], row["images"], row["stands apart"]) == ("dog", 10, True)
    assert row["on all test images (nats)"] == groups.overall_effect(run, some[1])
    assert row["on dog, in one step"] is None
    label, predicted = next(iter(error_causes.confusion_counts(run)))
    influence = error_causes._influence(run.id, label, predicted, "")
    first = influence.ranked("total")[:1]
    columns, ((row, _, name, total, harmed),) = error_causes.influence_numbers(run, influence, first)
    assert columns[0] == "training image"
    assert (row, total, harmed) == (first[0], influence.total[first[0]], influence.harmed[first[0]])
    assert name == run.class_names[run.train_labels[first[0]]]
