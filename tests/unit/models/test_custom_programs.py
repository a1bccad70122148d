"""TorchScript programs, which are loaded only where a person trusts them, and devices.

Slow, because programs are traced, scripted and exported here by torch, which loads its compiler.
"""

import numpy as np
import pytest
import torch

from explorer.attribution import Curvature, Scorer, estimator
from explorer.core.errors import ExplorerError
from explorer.core.progress import silent
from explorer.datasets import open_dataset
from explorer.models import small_cnn
from explorer.models.backbones import Backbone, extract_features
from explorer.models.custom.spec import NetworkSpec
from explorer.models.devices import device_of
from explorer.models.head import fit
from explorer.models.standardisation import standardisation, standardised
from tests.support.networks import NAME, SIZE, features, images, listened, loaded

pytest_plugins = ["tests.support.saved_network"]


# Programs


@pytest.fixture(scope="module", params=["script", "trace"])
def program(request, net, tmp_path_factory):
    path = tmp_path_factory.mktemp("programs") / "net.ts"
    made = torch.jit.script(net) if request.param == "script" else torch.jit.trace(net, images())
    made.save(path)
    return path


@pytest.fixture(scope="module", params=["one size of batch", "any batch"])
def exported(request, net, tmp_path_factory):
    path = tmp_path_factory.mktemp("exported") / "net.pt2"
    batch = ({0: torch.export.Dim("batch")},) if request.param == "any batch" else None
    torch.export.save(torch.export.export(net, (images()[:2],), dynamic_shapes=batch), path)
    return path


layers = pytest.mark.parametrize(
    ("layer", "module", "before"),
    [("", "fc", True), ("fc", "fc", False), ("conv5.0:input", "conv5.0", True), ("output", "fc", False)],
)


def check_program(kind, path, net, layer, module, before):
    """Compare a loaded program with what a layer of the network that it was made of is heard to say."""
    expected = listened(net, dict(net.named_modules())[module], images(), before)
    expected = (expected.mean(dim=(2, 3)) if expected.ndim == 4 else expected).numpy()
    body = loaded(path, kind, layer=layer, trust_code=True)
    np.testing.assert_allclose(features(body), expected, rtol=1e-4, atol=1e-5)
    if layer:
        assert body.head() is None
    else:
        for found, part in zip(body.head(), (net.fc.weight, net.fc.bias), strict=True):
            np.testing.assert_allclose(found, part.detach().numpy())


@pytest.mark.filterwarnings("ignore")
@layers
def test_a_trusted_program_is_read_at_the_layer_that_is_named(program, net, layer, module, before):
    check_program("torchscript", program, net, layer, module, before)


@layers
def test_a_trusted_export_is_read_at_the_layer_that_is_named(exported, net, layer, module, before):
    check_program("torch-export", exported, net, layer, module, before)


def test_an_export_needs_trust_and_a_layer(exported):
    with pytest.raises(ExplorerError, match=r"as a torch\.export program, and loading one can run any code"):
        loaded(exported, "torch-export")
    with pytest.raises(ExplorerError, match=r"It is loaded only with --backbone torch-export --trust-code\.$"):
        loaded(exported)
    with pytest.raises(ExplorerError, match=r"^There is no layer 'nope'; .* The layers are: conv1, "):
        loaded(exported, "torch-export", layer="nope", trust_code=True)
    with pytest.raises(
        ExplorerError, match=r"^Pictures of 64 px do not go through this network .* choose another --size"
    ):
        features(loaded(exported, "torch-export", trust_code=True), 64)


@pytest.mark.filterwarnings("ignore")
def test_a_program_needs_trust_and_a_layer(program):
    with pytest.raises(
        ExplorerError,
        match=r"loading one can run any code on this computer; if you trust whoever made it, add --trust-code",
    ):
        loaded(program, "torchscript")
    with pytest.raises(
        ExplorerError,
        match=r"is a TorchScript program, which can run any code when it is loaded; give a state dict, .* It is loaded only with --backbone torchscript --trust-code",
    ):
        loaded(program)
    with pytest.raises(ExplorerError, match=r"^There is no layer 'nope'; .* The layers are: fc, output, conv1\.0"):
        loaded(program, "torchscript", layer="nope", trust_code=True)


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("torchscript", r"mine\.pth is no TorchScript program \(.*\); save one with torch\.jit\.script"),
        ("torch-export", r"mine\.pth is no torch\.export program \(.*\); save one with torch\.export\.save"),
    ],
)
def test_a_file_that_is_no_program_is_one_sentence(path, kind, sentence):
    with pytest.raises(ExplorerError, match=sentence):
        loaded(path, kind, trust_code=True)


# Devices


def test_auto_takes_what_there_is():
    assert device_of("auto").type == (
        "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    )


@pytest.mark.parametrize("name", ["cuda", "mps"])
def test_a_device_that_is_not_there_is_refused_in_a_sentence(name, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(
        ExplorerError,
        match=rf"^The device {name} is not on this computer, or PyTorch was installed without it; choose one of: auto, cpu\.$",
    ):
        device_of(name)


def test_an_unknown_device_is_refused_in_a_sentence():
    with pytest.raises(ExplorerError, match=r"^There is no device 'tpu'; choose one of: auto, cuda, mps, cpu\.$"):
        device_of("tpu")


CARD = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else None


@pytest.mark.skipif(CARD is None, reason="there is no graphics card")
def test_features_agree_on_a_card(path):
    there = features(Backbone(NAME, SIZE, NetworkSpec(path), device=CARD).load(silent))
    np.testing.assert_allclose(there, features(loaded(path)), rtol=1e-3, atol=1e-3)


def test_a_card_is_not_to_round_products(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", True)
    assert device_of("cuda").type == "cuda"
    assert not torch.backends.cudnn.allow_tf32
    assert not torch.backends.cuda.matmul.allow_tf32


@pytest.mark.skipif(CARD is None, reason="there is no graphics card")
def test_scores_agree_on_a_card(path):
    split = open_dataset("drawn").train.take(np.arange(120))
    rows = []
    for device in ("cpu", CARD):
        raw = extract_features(
            Backbone(NAME, SIZE, NetworkSpec(path), device=device).load(silent), split.pictures, range(120), SIZE
        )
        known = standardised(raw, *standardisation(raw))
        head = fit(known[:100], split.labels[:100], 2, 0.1)
        scorer = Scorer(Curvature(head), estimator("newton"))
        rows.append(scorer.exact(scorer.tests(known[100:], split.labels[100:])))
    largest = np.abs(rows[0]).max(axis=0)
    np.testing.assert_array_less(np.abs(rows[1] - rows[0]).max(axis=0), 1e-4 * largest)


@pytest.mark.skipif(CARD is None, reason="there is no graphics card")
def test_small_cnn_trains_on_a_card(tmp_path):
    split = open_dataset("drawn").train.take(np.arange(64))
    training = small_cnn.Training(epochs=2, batch=32)
    net = small_cnn.train(split, 2, 32, training, tmp_path, silent, CARD)
    again, _ = small_cnn.load(tmp_path / "epoch-2.safetensors", 2)
    np.testing.assert_allclose(features(net), features(again), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("kind", ["torchscript", "torch-export"])
def test_a_program_that_returns_features_is_told_how_to_take_them(kind, tmp_path):
    body = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten()).eval()
    path = tmp_path / "body"
    if kind == "torchscript":
        torch.jit.trace(body, images()).save(path)
    else:
        torch.export.save(torch.export.export(body, (images(),)), path.with_suffix(".pt2"))
    path = next(tmp_path.iterdir())
    with pytest.raises(ExplorerError, match=r"has no linear layer that is known here.*add --layer output to take"):
        loaded(path, kind, trust_code=True)
    assert features(loaded(path, kind, layer="output", trust_code=True)).shape == (3, 4)
