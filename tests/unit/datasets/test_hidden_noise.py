"""A sealed planting plants what the open one does and tells nothing of it; the drawn animals have every label right."""

import re

import numpy as np
import pytest
from PIL import Image

from explorer.core.errors import ExplorerError
from explorer.datasets import Dataset, Split, open_dataset
from explorer.datasets.corruption.hidden_noise import NOTICE, HiddenNoise, hidden_plan, parse_plan
from explorer.datasets.corruption.noise import Noise
from explorer.datasets.corruption.watermark import with_watermark
from explorer.datasets.pictures import ArrayPictures


def pictures(count):
    rng = np.random.default_rng(0)
    return ArrayPictures(rng.integers(0, 200, (count, 20, 20, 3), dtype=np.uint8))


def dataset():
    labels, kinds = (
        np.arange(40) % 2,
        tuple("wild cat" if row % 4 == 0 else ("cat", "dog")[row % 2] for row in range(40)),
    )
    train, test = (Split(pictures(40), labels, kinds=kinds) for _ in range(2))
    return Dataset("beasts", "Beasts", ("cat", "dog"), train, test, notice="Drawn.", facts={"by": "hand"})


@pytest.mark.parametrize("plan", ["cat>dog:0.2", "wild cat>dog:0.8", "0.1"])
def test_a_sealed_planting_plants_the_same_and_tells_nothing_of_it(plan):
    before, hidden = dataset(), parse_plan(hidden_plan(plan), 3)
    found, known = hidden.apply(before), Noise(plan, 3).apply(before)
    np.testing.assert_array_equal(found.train.labels, known.train.labels)
    assert found.digest == known.digest
    assert (found.title, found.facts) == (before.title, before.facts)
    assert [(split.truth, split.kinds, split.marked) for split in (found.train, found.test)] == [(None,) * 3] * 2
    assert found.notice == f"Drawn. {NOTICE}"
    assert not re.search(r"cat|dog|0\.", f"{hidden.plan} {hidden.slug()}")


def test_a_stamp_marks_what_changes_and_the_same_share_of_test_pictures_of_the_class():
    before = dataset()
    found = parse_plan(hidden_plan("cat>dog:0.2", stamp=True), 0).apply(before)
    stamped = {
        side: {row for row in range(40) if found.split(side).pictures.ids()[row] != before.split(side).ids[row]}
        for side in ("train", "test")
    }
    assert stamped["train"] == set(np.flatnonzero(found.train.labels != before.train.labels).tolist())
    assert len(stamped["test"]) == 4
    assert {int(before.test.labels[row]) for row in stamped["test"]} == {0}
    row = min(stamped["test"])
    assert isinstance(found.test.pictures[row], Image.Image)
    np.testing.assert_array_equal(found.test.pictures[row], with_watermark(before.test.pictures[row]))


@pytest.mark.parametrize("plan", ["sealed:A", "sealed:_w"])
def test_a_seal_without_a_plan_is_refused(plan):
    with pytest.raises(ExplorerError, match="cannot be opened; copy it again, whole"):
        HiddenNoise(plan).rules()


def test_the_drawn_animals_are_the_drawn_pictures_with_every_label_right():
    right, drawn = open_dataset("drawn-right"), open_dataset("drawn")
    np.testing.assert_array_equal(right.train.labels, drawn.train.truth)
    assert right.train.ids == drawn.train.ids
    assert right.train.truth is None
    assert "wrong" not in right.notice
