"""What is kept of a recorded training: replays of a basis and of questions go on where they were stopped, to the same bytes."""

from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from explorer.attribution.whole_network import WHOLE_NETWORK, Questions
from explorer.attribution.whole_network.replay_basis import ReplayedBasis, gradients
from explorer.core.progress import silent
from explorer.models.smooth_cnn import Network, Recipe, State, Training
from explorer.runs.whole_network import kept_basis, kept_passes
from explorer.runs.whole_network.kept_basis import KeptBasis
from explorer.runs.whole_network.kept_rows import KeptRows, question_ids

RECIPE = Recipe(widths=(4, 4), epochs=2, batch=8, seed=3)


class Killed(BaseException):
    """Stands for the end of a process: nothing catches it."""


@dataclass
class Recorded:
    """A training and its states."""

    training: Training
    states: list[State]

    @property
    def end(self):
        return self.states[-1]

    def state(self, step):
        return deepcopy(self.states[step])


@pytest.fixture(scope="module")
def recording():
    images = torch.randn(24, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    training, states = Training(Network(RECIPE.widths, 2, RECIPE.detail), RECIPE, images, torch.arange(24) % 2), []
    end = training.run(before=lambda state: states.append(deepcopy(state)))
    return Recorded(training, [*states, end])


@pytest.fixture(scope="module")
def questions():
    pixels = torch.randn(3, 3, 8, 8, generator=torch.Generator().manual_seed(5))
    return Questions(pixels, torch.tensor([0, 1, 1]))


@pytest.fixture(autouse=True)
def small_groups(monkeypatch):
    """Four directions a group, and a pass that is kept after every step."""
    monkeypatch.setattr(kept_basis, "GROUP", 4)
    monkeypatch.setattr(kept_passes, "KEEP_SECONDS", 0)


def killed_at(number):
    """Progress that ends the process when it is told the ``number``-th time."""
    told = []

    def progress(stage, done, total, figures=None):
        told.append(stage)
        if len(told) == number:
            raise Killed

    return progress


def content(folder):
    """The bytes of all files in a folder that are not locks."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith(".")}


def test_a_basis_grows_by_groups_and_is_the_one_that_is_made_at_once(recording, questions, tmp_path):
    kept = KeptBasis(tmp_path)
    assert kept.basis() is None
    first = kept.grow(recording, 4)
    assert (len(first.table), kept.replayed) == (4, 4)
    grown = kept.grow(recording, 8)
    at_once = ReplayedBasis(kept_basis.MOST).found_directions(recording, kept_basis.MOST)[:8]
    np.testing.assert_array_equal(grown.directions, at_once)
    np.testing.assert_array_equal(grown.table[:4], first.table)
    asked = gradients(recording, questions)
    exact = -WHOLE_NETWORK["unrolled"].scores(recording, {}, questions)
    errors = [np.square(basis.derivatives(asked) - exact).mean() for basis in (first, grown)]
    assert errors[1] < errors[0]
    assert (grown.shares(asked) > first.shares(asked)).all()


def test_replays_that_were_stopped_end_in_the_same_bytes(recording, tmp_path):
    whole, broken = KeptBasis(tmp_path / "whole"), KeptBasis(tmp_path / "broken")
    whole.grow(recording, 8)
    for number in (3, 6, 5, 4):  # in the search for directions, in both groups, and once more
        with pytest.raises(Killed):
            broken.grow(recording, 8, killed_at(number))
    assert any(name.startswith("pass-") for name in content(broken.folder))
    broken.grow(recording, 8)
    assert content(broken.folder) == content(whole.folder)


def test_what_is_kept_is_not_replayed_again(recording, questions, tmp_path):
    told = []
    KeptBasis(tmp_path).grow(recording, 4)
    KeptBasis(tmp_path).grow(recording, 4, lambda *said: told.append(said))
    rows = KeptRows(tmp_path / "rows")
    rows.derivatives(recording, questions)
    rows.derivatives(recording, questions, lambda *said: told.append(said))
    assert not told


def test_a_damaged_group_is_replayed_again(recording, tmp_path):
    kept = KeptBasis(tmp_path)
    kept.grow(recording, 8)
    before = content(tmp_path)
    path = tmp_path / "replayed-1.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    kept.grow(recording, 8)
    assert content(tmp_path) == before


def test_exact_rows_are_the_estimators_by_epoch_and_each_is_kept_by_its_own_id(recording, questions, tmp_path):
    kept = KeptRows(tmp_path)
    assert kept.load(questions) is None
    found = kept.derivatives(recording, questions)
    assert found.shape == (3, RECIPE.epochs, 24)
    exact = WHOLE_NETWORK["unrolled"].scores(recording, {}, questions)
    np.testing.assert_allclose(-found.sum(1), exact, rtol=1e-5, atol=1e-9)
    one = Questions(questions.pixels[1:2], questions.targets[1:2])
    np.testing.assert_array_equal(kept.load(one), found[1:2])
    other = Questions(questions.pixels[1:2], 1 - questions.targets[1:2])
    assert kept.load(other) is None


def test_a_question_that_was_stopped_ends_in_the_same_bytes(recording, questions, tmp_path):
    together = Questions(questions.pixels, questions.targets, together=True)
    whole, broken = KeptRows(tmp_path / "whole"), KeptRows(tmp_path / "broken")
    whole.derivatives(recording, together)
    with pytest.raises(Killed):
        broken.derivatives(recording, together, killed_at(4))
    broken.derivatives(recording, together, silent)
    assert content(broken.folder) == content(whole.folder)


def test_the_id_of_a_question_tells_its_picture_target_kind_and_whether_it_is_a_sum(questions):
    pixels, targets = questions.pixels, questions.targets
    ids = [*question_ids(questions), *question_ids(Questions(pixels, targets, "margin"))]
    ids += question_ids(Questions(pixels, targets, together=True))
    ids += question_ids(Questions(pixels[:1], targets[:1], together=True))
    assert len({*ids}) == 8
