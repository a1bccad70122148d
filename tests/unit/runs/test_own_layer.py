"""A checkpoint's own last layer: which output is which class, how well it does, and when that makes the network doubtful."""

import numpy as np
import pytest

from explorer.core.errors import ExplorerError
from explorer.models.sharded_head.scaling import RawRows
from explorer.runs.build.own_layer import Labelled, OwnLayer, judged

RNG = np.random.default_rng(0)


def side(classes, each):
    """Images whose features say their class, one number a class."""
    labels = np.repeat(np.arange(classes), each)
    return Labelled(np.eye(classes)[labels] + 0.1 * RNG.normal(size=(len(labels), classes)), labels)


def layer(order):
    """A last layer whose output i is class order[i]."""
    return np.eye(len(order))[list(order)], np.zeros(len(order))


def judge(head, classes=("cat", "dog"), **more):
    return judged(head, side(len(classes), 40), side(len(classes), 20), classes, **more)


def test_outputs_in_the_data_order_are_taken_so():
    found = judge(layer((0, 1)))
    assert (found.accuracy, found.order, found.told) == (1.0, ("cat", "dog"), "")
    assert found.facts() == {"checkpoint_accuracy": 1.0}


def test_another_order_is_found_and_both_accuracies_are_told():
    found = judge(layer((2, 0, 1)), ("cat", "dog", "fox"))
    assert (found.accuracy, found.in_data_order, found.told) == (1.0, 0.0, "fits")
    assert found.order == ("fox", "cat", "dog")
    assert found.facts()["checkpoint_order"] == ["fox", "cat", "dog"]


def test_an_order_that_fits_hardly_better_is_not_believed():
    noise = RNG.normal(size=(2, 2)), np.zeros(2)
    few = Labelled(RNG.normal(size=(30, 2)), np.arange(30) % 2)
    assert judged(noise, few, few, ("cat", "dog")).told == ""


def test_one_output_is_two_classes_by_its_sign():
    weights, bias = layer((0, 1))
    found = judge((weights[1:] - weights[:1], bias[:1]))
    assert (found.accuracy, found.single, found.order) == (1.0, True, ("cat", "dog"))
    turned = judge((weights[:1] - weights[1:], bias[:1]))
    assert (turned.accuracy, turned.order, turned.told) == (1.0, ("dog", "cat"), "fits")


def test_names_that_are_given_or_stand_in_the_file_decide():
    assert judge(layer((1, 0)), asked="dog, cat").told == "asked"
    assert judge(layer((1, 0)), asked="cat,dog").accuracy == 0.0
    found = judge(layer((1, 0)), in_file=("Dog", "Cat"))
    assert (found.accuracy, found.order, found.told) == (1.0, ("dog", "cat"), "file")
    assert judge(layer((0, 1)), in_file=("bus", "car")).told == ""
    weights = np.array([[1, 0], [-5, -5], [0, 1.0]])
    more = judge((weights, np.zeros(3)), in_file=("cat", "car", "dog"))
    assert (more.accuracy, more.order) == (1.0, ("cat", "car", "dog"))


def test_what_cannot_be_told_apart_is_not_judged():
    assert judge(None) is None
    assert judge((np.ones((5, 2)), np.zeros(5))) is None
    assert judge((np.ones((1, 3)), np.zeros(1)), ("cat", "dog", "fox")) is None


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("cat", r"^--classes has 1 names, and the last layer 2 outputs; give one name for each, such as cat,dog\.$"),
        ("cat,cat", r"^--classes has 2 names, and the last layer 2 outputs; give one name for each"),
        ("cat,cow", r"^--classes does not name dog; the classes of the data are cat, dog\.$"),
    ],
)
def test_names_that_are_not_those_of_the_outputs_are_refused(asked, says):
    with pytest.raises(ExplorerError, match=says):
        judge(layer((0, 1)), asked=asked)


DOUBT = {
    "as good as the fitted one": (0.95, 0.96, 100, ""),
    "a little below it": (0.90, 0.96, 100, ""),
    "far below it": (0.75, 1.0, 100, "far below the layer fitted to its features (100.0\u00a0%)"),
    "guessing": (0.54, 0.58, 24, "hardly better than guessing"),
    "guessing, few images": (0.58, 0.67, 24, "hardly better than guessing"),
    "few images, one mistake more": (0.83, 0.92, 12, ""),
}


@pytest.mark.parametrize("case", DOUBT)
def test_a_layer_that_does_badly_makes_the_network_doubtful(case):
    own, fitted, tests, says = DOUBT[case]
    why = OwnLayer(own, ("cat", "dog"), own, "", False, 0.5, tests).doubt(fitted)
    assert why == says


def test_features_in_files_are_judged_as_those_in_memory(tmp_path):
    known, files = side(3, 17), []
    labels = known.labels
    for start in range(0, 51, 20):
        files.append(tmp_path / f"{start}.npy")
        np.save(files[-1], known.features[start : start + 20].astype(np.float32))
    whole = Labelled(np.concatenate([np.load(file) for file in files]), labels)
    stored = Labelled(RawRows(files, 30), labels)
    head = (np.eye(3)[[2, 0, 1]], np.zeros(3))
    for classes in (("a", "b", "c"), ("c", "a", "b")):
        assert judged(head, stored, stored, classes) == judged(head, whole, whole, classes)
    kept = np.arange(51) % 4 > 0
    np.testing.assert_array_equal(
        Labelled(RawRows(files, 30, kept), labels[kept]).answers(*head), whole.answers(*head)[kept]
    )
