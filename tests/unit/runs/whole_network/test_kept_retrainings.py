"""Real retrainings are made once, several at once, to the same bytes whoever interrupts them; scores are judged by them."""

import time

import numpy as np
import pytest
import torch

from explorer.attribution.whole_network import WHOLE_NETWORK, Questions
from explorer.core.errors import CancelledError
from explorer.core.progress import silent
from explorer.evaluation import retrainings
from explorer.evaluation.retrainings import Exam
from explorer.models.smooth_cnn import Network, Recipe, Training
from explorer.models.smooth_cnn.recording import recorded
from explorer.runs.whole_network.truth import kept_retrainings, scores
from explorer.runs.whole_network.truth.kept_retrainings import Removal, Retrainings

RECIPE = Recipe(widths=(4, 4), epochs=2, batch=8)


def pictures(count, seed):
    return torch.randn(count, 3, 8, 8, generator=torch.Generator().manual_seed(seed))


def training(seed=0, images=0):
    recipe = Recipe(RECIPE.widths, epochs=2, batch=8, seed=seed)
    return Training(Network(recipe.widths, 2, recipe.detail), recipe, pictures(24, images), torch.arange(24) % 2)


EXAM = Exam(pictures(6, 9), torch.arange(6) % 2)


def store(folder, **given):
    return Retrainings(folder, training(**given), EXAM)


def files(folder):
    return {path.name: path.read_bytes() for path in folder.rglob("*.sealed")}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A store, and five retrainings of it: two of another seed."""
    found = store(tmp_path_factory.mktemp("made"))
    wanted = [found.removal(rows) for rows in ([1], [5, 2], [2, 5])] + [found.removal(rows, 7) for rows in ([1], [3])]
    found.make(wanted, silent)
    return found, wanted


def test_a_retraining_is_one_file_and_two_with_nothing_left_out(made):
    found, wanted = made
    assert len(files(found.folder)) == 6  # [5, 2] is [2, 5]
    assert not found.missing(wanted)


def test_a_change_is_the_margin_after_less_the_margin_of_the_whole_training_of_that_seed(made):
    found, wanted = made
    for row, seed in ((0, 0), (3, 7)):
        plain = training(seed)
        before, after = (retrainings.outcome(plain, retrainings.without(plain, dropped), EXAM) for dropped in ([], [1]))
        for losses in (False, True):
            expected = (after - before)[int(losses)]
            np.testing.assert_allclose(found.changes(wanted, losses)[row], expected, atol=1e-5)


def test_whoever_is_stopped_goes_on_and_ends_at_the_same_bytes(made, tmp_path, monkeypatch):
    found, wanted = made
    other, told, begun = store(tmp_path), [], []

    def stop(stage, done, total, figures=None):
        told.append(total)
        if done >= 2:
            raise CancelledError("Stopped.")

    def slow_from_the_third_on(training, dropped, seed, progress):
        begun.append(dropped)
        while len(begun) > 2:
            progress("Training", 0, 1)
            time.sleep(0.01)
        return retrainings.without(training, dropped, seed, progress)

    monkeypatch.setattr(kept_retrainings, "without", slow_from_the_third_on)
    monkeypatch.setattr(kept_retrainings, "workers", lambda count: 1)
    with pytest.raises(CancelledError):
        other.make(wanted, stop)
    kept = files(other.folder)
    assert len(kept) == 2
    assert {*told} == {6}
    monkeypatch.undo()
    other.make(wanted, silent)
    assert files(other.folder) == files(found.folder)
    assert kept.items() <= files(other.folder).items()


def test_what_was_made_is_not_made_again_and_what_is_damaged_is(made, tmp_path, monkeypatch):
    found, wanted = made
    path = found.folder / f"{wanted[0].name}.sealed"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    made_again = []
    monkeypatch.setattr(
        kept_retrainings, "without", lambda *given: made_again.append(given) or retrainings.without(*given)
    )
    found.make(wanted, silent)
    found.make(wanted, silent)
    assert [given[1] for given in made_again] == [(1,)]
    assert path.read_bytes() == whole


@pytest.mark.parametrize("given", [{"seed": 1}, {"images": 1}], ids=str)
def test_another_seed_or_picture_is_another_folder(tmp_path, given):
    assert store(tmp_path, **given).folder != store(tmp_path).folder


def test_the_time_is_foretold_for_what_is_missing(made, tmp_path):
    found, wanted = made
    assert found.seconds(wanted) == 0
    assert store(tmp_path).seconds(wanted) > 0


def test_scores_are_kept_group_by_group(tmp_path, monkeypatch):
    estimator, recording = WHOLE_NETWORK["gradient-product"], recorded(training())
    monkeypatch.setattr(scores, "TOGETHER", 4)
    index = scores.prepared(estimator, recording, silent)
    found = scores.whole_network_scores(tmp_path, estimator, recording, index, EXAM, silent)
    expected = estimator.scores(recording, index.arrays, Questions(EXAM.pixels, EXAM.labels, "margin"))
    np.testing.assert_allclose(found.scores, expected.T, rtol=1e-4, atol=1e-7)
    assert found.bytes_per_image == 0
    assert found.peak_memory_bytes > 1e6

    def never(*given):
        raise AssertionError

    monkeypatch.setattr(type(estimator), "scores", never)
    again = scores.whole_network_scores(tmp_path, estimator, recording, index, EXAM, silent)
    np.testing.assert_array_equal(again.scores, found.scores)


def test_only_what_grows_with_the_images_counts_as_bytes_an_image():
    arrays = {"table": np.zeros((128, 24), np.int8), "basis": np.zeros((128, 500), np.float16)}
    assert scores.Index(arrays, 1.0).bytes_per_image(24) == 128
    assert scores.Index(arrays, 1.0).digest != scores.Index(arrays | {"basis": np.ones(1)}, 1.0).digest


def test_a_removal_is_named_by_what_is_left_out_and_the_seed():
    names = {Removal(rows, seed).name for rows in ((), (1,), (1, 2)) for seed in (0, 1)}
    assert len(names) == 6
