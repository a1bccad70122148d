"""The mean over trainings from several seeds: each of them trained and replayed for itself, kept, and never mixed with another."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.attribution.whole_network import WHOLE_NETWORK, Questions
from explorer.cli import replay_basis as command
from explorer.core.errors import ExplorerError
from explorer.core.progress import silent
from explorer.datasets.base import Split
from explorer.models.smooth_cnn import Network, Recipe, Training
from explorer.models.smooth_cnn.recording import recorded
from explorer.runs.whole_network import asked_pictures, flipping, growing, training_of_run
from explorer.runs.whole_network.explanations import explain_whole
from explorer.runs.whole_network.kept_files import folder_of
from explorer.runs.whole_network.methods import AVERAGE
from explorer.runs.whole_network.other_seeds import MOST_SEEDS, other_seeds, replayed_seeds
from explorer.runs.whole_network.whole import WholeNetwork, whole_of
from tests.support.tiny_run import TinyRun

RECIPE = Recipe(widths=(4, 4), epochs=2, batch=8, seed=3)


@pytest.fixture(scope="module")
def training():
    images = torch.randn(24, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    return Training(Network(RECIPE.widths, 2, RECIPE.detail), RECIPE, images, torch.arange(24) % 2)


@pytest.fixture(scope="module")
def run(training, tmp_path_factory):
    """A run on drawn noise in a home of its own, two directions a group; its own training is held in memory, and nothing is replayed."""
    noise = np.random.default_rng(0).integers(0, 256, (5, 8, 8, 3), dtype=np.uint8)
    test = Split([Image.fromarray(each) for each in noise], np.array([0, 1, 1, 0, 1]))
    found = TinyRun(SimpleNamespace(test=test), training.labels.numpy())
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("EXPLORER_HOME", str(tmp_path_factory.mktemp("home")))
        patched.setattr(growing, "GROUP", 2)
        patched.setattr(training_of_run, "training_of", lambda run, progress=silent: training)
        vars(whole_of(found))["recording"] = recorded(training)
        yield found


@pytest.fixture(scope="module")
def replayed(run):
    """The same run once it and two other seeds are replayed."""
    whole_of(run).grow(2)
    whole_of(run).grow_seeds(2, 2)
    return run


def projected(training, seed, table, questions):
    """The slow twin: the exact scores of a training from a seed, projected on what its basis spans."""
    recording = recorded(replace(training, recipe=replace(training.recipe, seed=seed)))
    exact = WHOLE_NETWORK["unrolled"].scores(recording, {}, questions)[0].astype(float)
    span = np.linalg.qr(table.T.astype(float))[0]
    return exact @ span @ span.T


def test_without_a_training_from_another_seed_there_is_no_mean(run):
    with pytest.raises(ExplorerError, match="so does the command replay-basis with --seeds 3"):
        explain_whole(run, 0, AVERAGE)


def test_a_training_that_was_kept_for_other_labels_is_made_again(run, training, monkeypatch):
    *_, seed = other_seeds(run, MOST_SEEDS)
    assert torch.equal(WholeNetwork(run, seed).recording.training.labels, training.labels)
    other = replace(training, labels=1 - training.labels)
    monkeypatch.setattr(training_of_run, "training_of", lambda run, progress=silent: other)
    assert torch.equal(WholeNetwork(run, seed).recording.training.labels, other.labels)


def test_the_average_is_the_mean_of_each_trainings_exact_scores_as_far_as_its_basis_holds_them(replayed, training):
    found = explain_whole(replayed, 1, AVERAGE)
    questions = Questions(asked_pictures.test_pixels(replayed, [1]), torch.tensor([1]))
    networks = whole_of(replayed).over_seeds()
    each = [
        projected(training, seed, network.basis().table, questions)
        for seed, network in zip([RECIPE.seed, *other_seeds(replayed, 2)], networks, strict=True)
    ]
    largest = np.abs(each).max()
    np.testing.assert_allclose(found.scores, np.mean(each, axis=0), atol=0.02 * largest)
    assert np.abs(each[0] - each[1]).max() > 0.1 * largest  # the trainings do differ
    assert (found.trainings, found.unit, found.exact, found.whole) == (3, "nats", False, True)
    assert 0 < found.share_held <= 1
    assert flipping.directions_now(replayed, AVERAGE) == 6


def test_what_is_kept_is_neither_trained_nor_replayed_again(replayed):
    told = []
    assert replayed_seeds(replayed) == other_seeds(replayed, 2)
    files = [path for path in folder_of(replayed.id).rglob("seed-*/*") if path.is_file()]
    before = {path: path.read_bytes() for path in files}
    result, lines = command._replayed(replayed, 2, 2, lambda *said: told.append(said))
    assert not told
    assert before == {path: path.read_bytes() for path in files}
    assert (result["directions"], result["seeds"]) == (2, other_seeds(replayed, 2))
    assert lines[-1] == "So is the training from 2 other seeds: replay-average is their mean."


def test_no_seed_is_one_that_judges_scores(run):
    judging = range(RECIPE.seed, RECIPE.seed + 1000)
    assert len(set(other_seeds(run, MOST_SEEDS)) - set(judging)) == MOST_SEEDS
