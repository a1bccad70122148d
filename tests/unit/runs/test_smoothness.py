"""How smooth a run's training is: measured by two trainings a share, kept, stopped and gone on with, and told in one sentence."""

import json

import numpy as np
import pytest
import torch

from explorer.core import home
from explorer.core.errors import ExplorerError
from explorer.models.smooth_cnn.metasmoothness import metasmoothness
from explorer.runs.results import smoothness
from explorer.runs.results.smoothness import Measured, check_measurable, is_smooth, load_smoothness, measure_smoothness
from explorer.runs.run import Run
from explorer.runs.whole_network.run_margins import RunMargins


@pytest.fixture(scope="module")
def measured(smooth_run):
    """What was measured, by a try that was stopped in its second training, and one that went on."""
    trainings = []

    def stop(stage, done, total, figures={}):
        trainings.append(done)
        if done > 0.55:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure_smoothness(smooth_run, [10.0], stop)
    begun = []
    found = measure_smoothness(smooth_run, [10.0], lambda stage, done, total, figures={}: begun.append((done, total)))
    return found, begun


def test_a_measurement_goes_on_after_its_last_whole_training(measured):
    assert measured[1][0][0] > 0.5
    assert measured[1][-1] == (1.0, 1)


def test_it_is_the_metasmoothness_of_the_margins(smooth_run, measured):
    margins = RunMargins(smooth_run)
    expected = metasmoothness(
        margins.training, margins._recording.end, lambda state: torch.from_numpy(margins.of(state)), 0.1
    )
    assert measured[0][10.0].r == pytest.approx(expected.correlation, abs=1e-4)
    assert measured[0][10.0].size == pytest.approx(expected.size, rel=1e-3)


def test_margins_are_the_label_less_the_other(smooth_run, measured):
    kept = np.load(home.root() / "smoothness" / smooth_run.id / "margins.npy")
    assert kept.shape == (len(smooth_run.test_labels),)
    right = (kept > 0).mean()
    assert right == pytest.approx(smooth_run.manifest.accuracy, abs=0.2)


def test_the_command_reads_what_was_measured(smooth_run, measured, printed, monkeypatch):
    monkeypatch.setattr(smoothness, "_measured", lambda *_: pytest.fail("measured again"))
    told = json.loads(printed("smoothness", "--run", "smooth", "--shares", "10", "--json"))
    assert told["shares"] == {"10": vars(measured[0][10.0])}
    assert (told["run"], told["accuracy"]) == ("smooth", smooth_run.manifest.accuracy)
    assert told["recipe"]["epochs"] == smooth_run.manifest.recipe["epochs"]
    assert told["smooth"] == (measured[0][10.0].r >= 0.9)
    assert "where 10 % are left out" in printed("smoothness", "--run", "smooth", "--shares", "10").replace(
        "\u00a0", " "
    )
    assert load_smoothness(smooth_run.id, [1.0, 10.0]) == measured[0]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--run", "default"), "whose training was not recorded"),
        (("--run", "smooth", "--shares", "1,x"), "--shares is '1,x'; give percentages"),
        (("--run", "smooth", "--shares", "0"), "--shares has 0; give percentages above 0"),
        (("--run", "smooth", "--shares", "nan"), "--shares has nan; give percentages above 0"),
    ],
)
def test_what_cannot_be_measured_gets_one_sentence(smooth_run, explorer, words, sentence):
    answer = explorer("smoothness", *words)
    assert answer.returncode == 2
    assert sentence in answer.stderr


def test_small_cnn_is_told_why_not(run):
    other = Run(run.folder, type(run.manifest)(**(vars(run.manifest) | {"backbone": "small-cnn"})))
    with pytest.raises(ExplorerError, match="knows no weights of images"):
        check_measurable(other)


def test_smooth_is_what_passes_at_every_share():
    assert is_smooth({1.0: Measured(0.96, 1), 10.0: Measured(0.91, 1)})
    assert not is_smooth({1.0: Measured(0.94, 1), 10.0: Measured(0.99, 1)})
    assert not is_smooth({10.0: Measured(0.89, 1)})
    assert is_smooth({50.0: Measured(0.1, 1)})
    assert "is smooth" in smoothness.said({1.0: Measured(0.96, 1)})
    assert "not smooth enough" in smoothness.said({1.0: Measured(0.9, 1)})
