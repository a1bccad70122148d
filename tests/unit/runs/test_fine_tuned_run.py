"""A run whose last block was trained: what it keeps, what explains it, and when nothing does."""

from collections import OrderedDict

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from explorer.app.components.methods.whole_methods import offered_methods, whole_methods_of
from explorer.core.errors import ExplorerError
from explorer.core.progress import silent
from explorer.evaluation.retrainings import without
from explorer.models.backbones import Backbone
from explorer.models.custom.own_network import Reading
from explorer.models.custom.spec import NetworkSpec
from explorer.runs.build.builder import build
from explorer.runs.build.request import Config
from explorer.runs.network_view import check_frozen, picture_of, view_of
from explorer.runs.results import retraining, smoothness
from explorer.runs.whole_network.asked import Asked
from explorer.runs.whole_network.offered import OF_A_BLOCK, covered, why_none
from explorer.runs.whole_network.training_of_run import recording_of
from explorer.runs.whole_network.whole import WholeNetwork, whole_of


def small():
    """A network with the names of a ResNet, whose last block has a few hundred weights instead of eight million."""
    torch.manual_seed(0)
    stem = nn.Sequential(nn.Conv2d(3, 4, 3, 4, bias=False), nn.BatchNorm2d(4), nn.ReLU(inplace=True))
    block = nn.Sequential(nn.Conv2d(4, 8, 3, bias=False), nn.BatchNorm2d(8), nn.ReLU(inplace=True))
    parts = {"conv1": stem, "layer4": block, "avgpool": nn.AdaptiveAvgPool2d(1), "fc": nn.Linear(8, 3)}
    return nn.Sequential(OrderedDict(parts)).eval().requires_grad_(False)


@pytest.fixture(scope="module")
def tuned(run, tmp_path_factory):
    folder, draw = tmp_path_factory.mktemp("tuned"), np.random.default_rng(0)
    for number in range(16):
        place = folder / "data" / ("train" if number < 10 else "test") / ("cat", "dog")[number % 2]
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(draw.integers(0, 255, (32, 32, 3), dtype=np.uint8)).save(place / f"{number}.png")
    torch.save(small().state_dict(), folder / "net.pth")
    own = NetworkSpec(checkpoint=str(folder / "net.pth"), size=32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Backbone, "network", lambda self, progress: (small(), Reading()))
        yield build(Config(str(folder / "data"), "resnet18", l2=0.1, own=own, finetune="layer4"), "tuned", silent)


def measured(run, one, ten):
    """Keep what ``smoothness`` would have measured."""
    for share, r in ((1.0, one), (10.0, ten)):
        smoothness._kept(run.id, share).save(smoothness.Measured(r, 1.0))


def test_a_block_that_was_trained_is_explained_where_its_training_is_smooth(tuned):
    recipe, recording = tuned.manifest.recipe, recording_of(tuned)
    assert (tuned.manifest.finetune, recipe["form"]) == ("layer4", 1)
    assert recipe["share_trained"] == pytest.approx(322 / (322 + 112))
    assert Config.from_manifest(tuned.manifest).to_argv()[-3:-1] == ["--finetune", "layer4"]
    moved = recording.end.theta - recording.training.begin().theta
    assert float(moved.abs().max()) > 1e-5
    seen = view_of(tuned).forward([picture_of(tuned, "test", 3)])
    np.testing.assert_allclose(seen.features[0], tuned.test_features[3], atol=1e-3)
    with pytest.raises(ExplorerError, match="was trained on this run's pictures"):
        check_frozen(tuned)

    with pytest.raises(ExplorerError, match="not measured yet: `smoothness"):
        whole_of(tuned)
    measured(tuned, 0.77, 0.94)
    assert "0.77 of 1 where 1 % are left out and 0.94 of 1 where 10 %" in why_none(tuned)
    assert offered_methods(tuned) == tuned.methods

    measured(tuned, 0.97, 0.94)
    assert why_none(tuned) == ""
    assert sorted(whole_methods_of(tuned)) == sorted(OF_A_BLOCK)
    assert "74.2" in covered(tuned)
    network = WholeNetwork(tuned)
    scores = network.answer(Asked([0], [2]), "unrolled").scores[0]
    assert float(np.abs(scores).max()) > 0
    with pytest.raises(ExplorerError, match="ekfac would hold too many gradients; choose unrolled"):
        network.answer(Asked([0], [2]), "ekfac")

    trial = retraining.retrain(tuned, 2, [4], silent)
    end = without(recording.training, [4])
    with torch.no_grad():
        logits = recording.training.network.logits(end.theta, [], network._questions(Asked([0], [2])).pixels)
    label = int(tuned.test_labels[2])
    assert trial.probability_after == pytest.approx(float(logits.softmax(1)[0, label]), abs=1e-5)
    assert trial.predicted_by == "unrolled"
