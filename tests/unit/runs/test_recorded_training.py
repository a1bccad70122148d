"""A run on small-cnn-smooth: every state of its training is kept beside it, and its own network is what the states end at."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.core import home
from explorer.core.errors import DamagedError, ExplorerError
from explorer.core.progress import silent
from explorer.evaluation.retrainings import without
from explorer.models.small_cnn import normalised
from explorer.models.smooth_cnn.retraining import retrained
from explorer.models.standardisation import standardised
from explorer.runs import upkeep
from explorer.runs.build.builder import build
from explorer.runs.build.preflight import preflight
from explorer.runs.build.request import Config
from explorer.runs.network_view import check_frozen, picture_of, view_of
from explorer.runs.results import retraining
from explorer.runs.run import Run
from explorer.runs.store import open_run, recording_folder
from explorer.runs.whole_network.training_of_run import recording_of, training_of


@pytest.fixture(scope="module")
def recording(smooth_run):
    return recording_of(smooth_run)


def test_the_states_end_at_the_network_whose_features_the_run_has(smooth_run, recording):
    end, split = recording.end, smooth_run.dataset.test.take(np.arange(5))
    pixels = normalised(split, smooth_run.manifest.recipe["size"], silent)
    raw = recording.training.network.features(end.theta, end.statistics, pixels).numpy()
    expected = standardised(raw, smooth_run.arrays["mean"], smooth_run.arrays["deviation"])
    np.testing.assert_allclose(smooth_run.test_features[:5], expected, atol=1e-4)


def test_a_picture_is_seen_as_the_run_saw_it(smooth_run):
    seen = view_of(smooth_run).forward([picture_of(smooth_run, "test", 3)])
    np.testing.assert_allclose(seen.features[0], smooth_run.test_features[3], atol=1e-4)
    slopes = np.ones_like(seen.features)
    assert float(np.abs(seen.vjp(slopes)[0]).max()) > 0


def test_the_recipe_is_in_the_manifest_and_every_epoch_beside_it(smooth_run, recording):
    recipe = recording.training.recipe
    assert smooth_run.manifest.recipe["network"] == "small-cnn-smooth"
    assert tuple(smooth_run.manifest.recipe["widths"]) == recipe.widths
    assert len(smooth_run.epochs) == recipe.epochs
    weights, bias = recording.training.network.split(recording.end.theta)[-2:]
    np.testing.assert_array_equal(smooth_run.epochs[-1].weights, np.column_stack([weights, bias]))
    assert smooth_run.epochs[0].step == pytest.approx(recipe.rate_at(0, recording.training.steps) / 24)


def test_trained_again_without_images_they_have_weight_nothing(smooth_run, recording, tmp_path):
    network = retraining._smooth(smooth_run, np.delete(np.arange(24), [5, 7]), 0, tmp_path, silent)
    assert torch.equal(network[0].state.theta, without(recording.training, [5, 7]).theta)


def test_a_retraining_that_was_stopped_goes_on_and_ends_at_the_same_bytes(recording, tmp_path):
    training, shares, begun = recording.training, torch.ones(24), []

    def stop(stage, done, total, figures={}):
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        retrained(training, shares, tmp_path, stop)
    network = retrained(training, shares, tmp_path, lambda stage, done, total, figures={}: begun.append(done))
    assert begun[0] == 4
    assert torch.equal(network[0].state.theta, recording.end.theta)
    begun.clear()
    shares[3] = 0
    retrained(training, shares, tmp_path, lambda stage, done, total, figures={}: begun.append(done))
    assert begun[0] == 1


def test_its_size_is_listed_with_the_run_and_it_goes_with_the_run(smooth_run, monkeypatch, tmp_path):
    folder = recording_folder(smooth_run.id)
    (listed,) = upkeep.known_runs(["smooth"])
    assert listed.size == upkeep.size_of([smooth_run.folder, folder])
    assert folder in upkeep.removal("smooth").results
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path))
    shutil.copytree(smooth_run.folder, home.runs() / smooth_run.id)
    shutil.copytree(folder, recording_folder(smooth_run.id))
    for name in ("smooth", "other"):
        (home.runs() / "names").mkdir(exist_ok=True)
        (home.runs() / "names" / name).write_text(smooth_run.id if name == "smooth" else "0" * 16)
    upkeep.remove("smooth")
    assert not recording_folder(smooth_run.id).exists()


def test_lost_states_are_told_and_the_same_build_makes_them_again(smooth_run):
    folder = recording_folder(smooth_run.id)
    (first,) = [path for path in folder.iterdir() if "-1." in path.name]
    before = first.read_bytes()
    first.unlink()
    with pytest.raises(DamagedError, match=r"is missing or damaged.*build"):
        recording_of(smooth_run).state(1)
    shutil.rmtree(folder)
    with pytest.raises(DamagedError, match="trains it again"):
        recording_of(smooth_run)
    build(Config.from_manifest(smooth_run.manifest), "smooth", silent)
    assert first.read_bytes() == before


def test_what_was_not_recorded_is_told(run, smooth_run):
    with pytest.raises(ExplorerError, match="whose training was not recorded"):
        recording_of(run)
    edited = Run(smooth_run.folder, replace(smooth_run.manifest, seconds={"refit": 1.0}))
    with pytest.raises(ExplorerError, match="only the last layer was fitted again"):
        recording_of(edited)
    with pytest.raises(ExplorerError, match="small-cnn-smooth was trained on this run's pictures"):
        check_frozen(smooth_run)


def test_a_check_states_the_bytes_of_all_states(smooth_run):
    told = preflight(Config("drawn", "small-cnn-smooth", limit=22, l2=0.1), "few", silent)
    states = told["disk"]["writes"][-1]
    assert states["what"] == "every state of its training"
    assert states["path"] == str(recording_folder(told["run_id"]))
    kept = sum(path.stat().st_size for path in recording_folder(smooth_run.id).glob("*.sealed"))
    assert kept == pytest.approx(states["bytes"], rel=0.01)
    assert told["seconds"]["training"] > 0


def test_an_open_run_is_the_same_whatever_its_threads(smooth_run):
    assert training_of(open_run("smooth")).threads == torch.get_num_threads()
