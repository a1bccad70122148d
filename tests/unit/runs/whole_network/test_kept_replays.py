"""What is kept of a recorded training: replays of a basis and of questions go on where they were stopped, to the same bytes."""

from contextlib import suppress

import numpy as np
import pytest
import torch

from explorer.attribution.replays import units
from explorer.attribution.unrolled import gradients_of_weights, kept_steps
from explorer.attribution.unrolled.replay_basis import outputs_of
from explorer.attribution.whole_network import WHOLE_NETWORK, Questions
from explorer.attribution.whole_network.replay_basis import ReplayedBasis, gradients
from explorer.core.cached_result import cached_array
from explorer.core.progress import silent
from explorer.models.smooth_cnn import Network, Recipe, Training
from explorer.models.smooth_cnn.recording import recorded
from explorer.runs.whole_network import growing, kept_basis, kept_passes, network_outputs
from explorer.runs.whole_network.asked import Asked
from explorer.runs.whole_network.growing import grow
from explorer.runs.whole_network.kept_basis import groups_replayed, load_basis, load_probes, load_tests
from explorer.runs.whole_network.kept_files import load_epochs
from explorer.runs.whole_network.kept_rows import exact_by_epoch

RECIPE = Recipe(widths=(4, 4), epochs=2, batch=8, seed=3)


class Killed(BaseException):
    """Stands for the end of a process: nothing catches it."""


@pytest.fixture(scope="module")
def recording():
    images = torch.randn(24, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    training = Training(Network(RECIPE.widths, 2, RECIPE.detail), RECIPE, images, torch.arange(24) % 2)
    return recorded(training)


@pytest.fixture(scope="module")
def questions():
    pixels = torch.randn(3, 3, 8, 8, generator=torch.Generator().manual_seed(5))
    return Questions(pixels, torch.tensor([0, 1, 1]))


@pytest.fixture(scope="module")
def tests(questions):
    """The test images, as they are asked for."""
    return lambda: questions.pixels.split(2)


@pytest.fixture(autouse=True)
def small_groups(monkeypatch):
    """Four directions a group, and a pass that is kept after every step."""
    monkeypatch.setattr(growing, "GROUP", 4)
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


def test_a_basis_grows_by_groups_and_is_the_one_that_is_made_at_once(recording, tests, tmp_path):
    assert load_basis(tmp_path) is None
    first = grow(tmp_path, recording, 4, tests)
    assert (len(first.table), groups_replayed(tmp_path)) == (4, 1)
    grown = grow(tmp_path, recording, 8, tests)
    np.testing.assert_array_equal(grown.table[:4], first.table)
    found = ReplayedBasis(kept_basis.MOST).found_directions(recording, kept_basis.MOST)[:8]
    replays = gradients_of_weights(
        recording.training,
        kept_steps(recording.state),
        outputs_of(units(found), recording.training.network, torch.float32),
    ).numpy()
    rows = grown.table / np.linalg.norm(grown.table.astype(float), axis=1)[:, None]
    np.testing.assert_allclose(rows @ rows.T, np.eye(8), atol=0.03)  # bytes have 127 steps each way
    span = np.linalg.qr(replays.T.astype(float))[0]
    np.testing.assert_allclose(np.linalg.norm(rows @ span, axis=1), 1, atol=0.01)


def test_replays_that_were_stopped_end_in_the_same_bytes(recording, tests, tmp_path):
    whole, broken, ways = tmp_path / "whole", tmp_path / "broken", []
    grow(whole, recording, 8, tests)
    while groups_replayed(broken) < 2:
        with suppress(Killed):
            grow(broken, recording, 8, tests, killed_at(5))
        ways.append({name.split("-")[0] for name in content(broken)})
    assert len(ways) > 6
    assert {"pass", "course", "span"} < set.union(*ways)
    assert content(broken) == content(whole)


def test_what_is_kept_is_not_replayed_again(recording, questions, tests, tmp_path):
    told, names = [], ["a", "b", "c"]
    grow(tmp_path, recording, 4, tests)
    grow(tmp_path, recording, 4, tests, lambda *said: told.append(said))
    exact_by_epoch(tmp_path, recording, names, lambda: questions)
    exact_by_epoch(tmp_path, recording, names, lambda: questions, lambda *said: told.append(said))
    assert not told


def test_a_group_that_brings_nothing_new_is_kept_as_such(recording, tests, tmp_path, monkeypatch):
    before = grow(tmp_path, recording, 4, tests)
    monkeypatch.setattr(growing, "new_in", lambda replays, rows: np.zeros((0, replays.shape[1])))
    after = grow(tmp_path, recording, 8, tests)
    assert groups_replayed(tmp_path) == 2
    np.testing.assert_array_equal(after.table, before.table)
    assert load_tests(tmp_path).coefficients.shape == (3, 2, 4)


def test_a_damaged_group_is_replayed_again(recording, tests, tmp_path):
    grow(tmp_path, recording, 8, tests)
    before, path = content(tmp_path), tmp_path / "basis-1.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert len(load_basis(tmp_path).table) == 4
    assert len(grow(tmp_path, recording, 8, tests).table) == 8
    assert content(tmp_path) == before


def test_replays_along_other_directions_are_not_mixed_in(recording, tests, tmp_path):
    grow(tmp_path, recording, 4, tests)
    before = content(tmp_path)
    cached_array(tmp_path / "directions.npy").save(-kept_basis.directions_file(tmp_path).load()[::-1])
    assert load_basis(tmp_path) is None
    grow(tmp_path, recording, 4, tests)
    assert content(tmp_path)["basis-0.safetensors"] != before["basis-0.safetensors"]
    (tmp_path / "directions.npy").unlink()
    grow(tmp_path, recording, 4, tests)
    assert content(tmp_path) == before


def test_exact_rows_are_the_estimators_by_epoch_and_each_is_kept_by_its_name(recording, questions, tmp_path):
    names = ["a", "b", "c"]
    assert load_epochs(tmp_path, names) is None
    found = exact_by_epoch(tmp_path, recording, names, lambda: questions)
    assert found.shape == (3, RECIPE.epochs, 24)
    exact = WHOLE_NETWORK["unrolled"].scores(recording, {}, questions)
    np.testing.assert_allclose(-found.sum(1), exact, rtol=1e-5, atol=1e-9)
    np.testing.assert_array_equal(load_epochs(tmp_path, ["b"]), found[1:2])
    assert load_epochs(tmp_path, ["b", "d"]) is None


def test_a_question_that_was_stopped_ends_in_the_same_bytes(recording, questions, tmp_path):
    together = Questions(questions.pixels, questions.targets, together=True)
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    exact_by_epoch(whole, recording, ["sum"], lambda: together)
    with pytest.raises(Killed):
        exact_by_epoch(broken, recording, ["sum"], lambda: together, killed_at(4))
    exact_by_epoch(broken, recording, ["sum"], lambda: together, silent)
    assert content(broken) == content(whole)


def test_what_is_kept_of_test_images_is_what_a_backward_pass_would_say(recording, questions, tests, tmp_path):
    basis = grow(tmp_path, recording, 8, tests)
    kept, asked = load_tests(tmp_path), gradients(recording, questions)
    expected, probed = basis.coefficients(asked), load_probes(tmp_path).answers(asked)
    for row, target in enumerate(questions.targets.tolist()):
        found, answers = kept.loss(row, target)
        np.testing.assert_allclose(found[0], expected[row], rtol=1e-3, atol=1e-6)
        np.testing.assert_allclose(answers[0], probed[row], rtol=1e-3, atol=1e-4 * np.abs(probed).max())
    losses = network_outputs.losses(kept.logits, questions.targets)
    np.testing.assert_allclose(losses, questions.values(recording, recording.end), rtol=1e-5)
    logs = -np.log(network_outputs.probabilities(kept.logits)[np.arange(3), questions.targets])
    np.testing.assert_allclose(losses, logs, rtol=1e-5)


def test_the_name_of_a_question_tells_its_picture_target_kind_and_whether_it_is_a_sum():
    picture = np.zeros((1, 3, 8, 8), dtype=np.float32)
    asked = [
        Asked([0, 1], [4, 5]),
        Asked([1], [4]),
        Asked([0], [4], kind="margin"),
        Asked([0, 1], [4, 5], together=True),
        Asked([0], [4], together=True),
        Asked([0], pixels=picture),
        Asked([0], pixels=picture + 1),
        Asked([1], pixels=picture),
    ]
    names = [name for each in asked for name in each.names]
    assert len({*names}) == len(names) == 9
    assert Asked([1, 0], [5, 4], together=True).names == asked[3].names
