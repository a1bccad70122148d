"""A network whose own last layer does badly is tried with other preparations, and the one that it was made for is named."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.core.progress import silent
from explorer.core.torchvision_compat import torchvision
from explorer.datasets import open_dataset
from explorer.models.backbones import Backbone, extract_features
from explorer.models.custom.spec import NetworkSpec
from explorer.models.preparation.choice import PreparationChoice
from explorer.models.preparation.preparation import BLUE_FIRST, SQUEEZE, Preparation
from explorer.runs.build.builder import build
from explorer.runs.build.plan import plan
from explorer.runs.build.preparation_trial import Trial, _told, judged
from explorer.runs.build.request import Config

NAME, SIZE = "shufflenet_v2_x0_5", 32


@pytest.fixture(scope="module")
def wide(tmp_path_factory):
    """Pictures twice as wide as high, whose ends tell the class and whose middle does not."""
    root, rng = tmp_path_factory.mktemp("wide"), np.random.default_rng(0)
    for side, count in (("train", 20), ("test", 8)):
        for at, name in enumerate(("cat", "dog")):
            (root / side / name).mkdir(parents=True)
            for row in range(count):
                pixels = rng.integers(0, 256, (32, 64, 3)).astype(np.uint8)
                pixels[:, :14] = pixels[:, -14:] = (220, 30, 30) if at else (30, 30, 220)
                Image.fromarray(pixels).save(root / side / name / f"{row}.png")
    return root


def checkpoint(root, way):
    """Weights whose last layer was fitted to pictures prepared so, by least squares."""
    torch.manual_seed(0)
    network = torchvision.models.get_model(NAME, weights=None, num_classes=2).eval()
    torch.save(network.state_dict(), root / "own.pth")
    train = open_dataset(str(root)).train
    extractor = Backbone(NAME, SIZE, NetworkSpec(str(root / "own.pth"))).load(silent)
    extractor.normalise(way.mean, way.std, way.white)
    features = extract_features(extractor, train.pictures, range(len(train.labels)), way).astype(np.float64)
    centred = features - features.mean(axis=0)
    weights = np.linalg.lstsq(centred, 2.0 * train.labels - 1, rcond=1e-6)[0]
    state = network.state_dict()
    state["fc.weight"] = torch.tensor(np.stack([-weights, weights]), dtype=torch.float32)
    offset = float(features.mean(axis=0) @ weights)
    state["fc.bias"] = torch.tensor([offset, -offset], dtype=torch.float32)
    torch.save(state, root / "own.pth")
    return str(root / "own.pth")


def told(root, way, tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path / "home"))
    own = NetworkSpec(checkpoint(root, way), size=SIZE)
    return build(Config(str(root), NAME, l2=1.0, own=own), "wide", silent).manifest.content["checkpoint_preparation"]


def test_squeezed_pictures_are_found_out(wide, tmp_path, monkeypatch):
    squeezed = replace(Preparation.usual(SIZE), resize=SQUEEZE, edge=(SIZE, SIZE))
    before, found = told(wide, squeezed, tmp_path, monkeypatch)
    assert "middle 32 px cut out" in before
    assert found.startswith("With --resize squeeze its own last layer gets 100.0")


def test_colours_that_stood_in_another_order_are_found_out(wide, tmp_path, monkeypatch):
    turned = replace(Preparation.usual(SIZE), resize=SQUEEZE, edge=(SIZE, SIZE), colours=BLUE_FIRST)
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path / "home"))
    path, way = checkpoint(wide, turned), PreparationChoice(resize=SQUEEZE)
    planned = plan(
        Config(str(wide), NAME, l2=1.0, own=NetworkSpec(path, size=SIZE, preparation=way)), open_dataset(str(wide))
    )
    _, _, told = judged(planned, planned.network().load(silent), silent)
    assert told[0].startswith("With --colours bgr its own last layer gets 100.0")
    named = NetworkSpec(path, size=SIZE, preparation=replace(way, colours=BLUE_FIRST))
    assert named.preparation.to_argv() == ["--resize", "squeeze", "--colours", "bgr"]
    planned = plan(Config(str(wide), NAME, l2=1.0, own=named), open_dataset(str(wide)))
    assert planned.preparation == turned
    assert judged(planned, planned.network().load(silent), silent)[0] == 1


def test_where_the_layer_does_well_nothing_else_is_tried(wide, tmp_path, monkeypatch):
    sentences = told(wide, Preparation.usual(SIZE), tmp_path, monkeypatch)
    assert len(sentences) == 1


def test_preparations_that_do_equally_well_are_all_named():
    usual = Preparation.usual(SIZE)
    before, *found = (
        Trial(options, usual, share)
        for options, share in (("", 0.5), ("--size 64", 1.0), ("--mean 0.5", 1.0), ("--white 255", 0.6))
    )
    (said,) = _told(before, found, 40, 2)
    assert said.startswith("With --size 64 or --mean 0.5 its own last layer gets 100.0")
    assert "do not tell which" in said
