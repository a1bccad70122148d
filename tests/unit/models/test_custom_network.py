"""A network of a person's own: its layer, its run, its head as it came, programs and devices."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.core.checksums import canonical, digest, file_digest
from explorer.core.errors import ExplorerError
from explorer.core.phrases import percent
from explorer.core.progress import silent
from explorer.datasets import open_dataset
from explorer.models.backbones import DEVIATION, MEAN, Backbone
from explorer.models.custom.spec import NetworkSpec
from explorer.models.feature_extractor import pooled
from explorer.models.network_names import check_network
from explorer.models.preparation.batches import prepare
from explorer.runs.build.builder import build
from explorer.runs.build.plan import plan
from explorer.runs.build.request import Config
from explorer.runs.manifest import Manifest
from explorer.runs.network_view import view_of
from tests.support.manifests import LEAST
from tests.support.networks import NAME, SIZE, features, images, listened, loaded, network, saved

pytest_plugins = ["tests.support.saved_network"]


# Layer, size, normalisation


@pytest.mark.parametrize(
    ("layer", "before"), [("stage3", False), ("stage3:input", True), ("fc", False), ("conv5.2", False)]
)
def test_features_are_read_at_the_layer_that_is_named(layer, before, net, path):
    module = dict(net.named_modules())[layer.removesuffix(":input")]
    expected = listened(net, module, images(), before)
    expected = (expected.mean(dim=(2, 3)) if expected.ndim == 4 else expected).numpy()
    np.testing.assert_allclose(features(loaded(path, layer=layer)), expected, rtol=1e-5, atol=1e-6)


def test_swin_keeps_its_channels_last():
    maps = torch.rand(2, 3, 4, 5)
    torch.testing.assert_close(pooled(maps, channels_last=True), maps.mean(dim=(1, 2)))
    torch.testing.assert_close(pooled(maps[0]), maps[0].mean(dim=1))


LAYERS = {
    "nope": r"^There is no layer 'nope'; give a name for its output, or a name with :input for its input\. The layers are: conv1, maxpool, stage2, stage3, stage4, conv5, fc, .* and \d+ inside them\.$",
    ":input": r"^There is no layer ':input'; give a name",
}


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_that_is_not_there_is_answered_with_those_that_are(layer, path):
    with pytest.raises(ExplorerError, match=LAYERS[layer]):
        loaded(path, layer=layer)


def test_a_layer_that_no_picture_passes_is_refused(tmp_path):
    net = network("googlenet", aux_logits=True, init_weights=False)
    body = loaded(saved(net.state_dict(), tmp_path / "a.pth"), "googlenet", 64, layer="aux1")
    with pytest.raises(
        ExplorerError, match=r"^No picture passes through this layer when it is classified; choose another --layer\.$"
    ):
        features(body, 64)


def test_normalisation_is_what_is_asked_for(net, path):
    own = NetworkSpec.parse(path, mean="0.5", std="0.2,0.3,0.4")
    expected = listened(net, net.fc, images(mean=(0.5, 0.5, 0.5), std=(0.2, 0.3, 0.4))).numpy()
    np.testing.assert_allclose(features(Backbone(NAME, SIZE, own).load(silent)), expected, rtol=1e-5, atol=1e-6)


ASKED = {
    (
        "mean",
        "123.7,116.3,103.5",
    ): r"^--mean is '123\.7,116\.3,103\.5'; pixels go from 0 to 1, so give one number or three from 0 to 1, such as 0\.485,0\.456,0\.406\.$",
    ("mean", "nan"): r"^--mean is 'nan'; pixels go from 0 to 1",
    (
        "std",
        "0",
    ): r"^--std is '0'; pixels go from 0 to 1, so give one number or three from 0\.001 to 10, such as 0\.229,0\.224,0\.225\.$",
    ("std", "1,2"): r"^--std is '1,2'; pixels",
    ("std", "wide"): r"^--std is 'wide'; pixels",
    ("size", 5): r"^The size is 5 px; give 16 to 1024, or leave it out\.$",
    ("size", 99_999): r"^The size is 99999 px; give 16 to 1024",
}


@pytest.mark.parametrize("asked", ASKED)
def test_what_cannot_be_asked_for_is_refused_in_a_sentence(asked):
    with pytest.raises(ExplorerError, match=ASKED[asked]):
        NetworkSpec.parse(**{asked[0]: asked[1]})


# Requests and run ids


def test_a_request_of_nothing_of_ones_own_is_hashed_as_before():
    planned = plan(Config("drawn", limit=60, device="cpu"), open_dataset("drawn"))
    asked = {"dataset": planned.dataset.digest, "backbone": "mobilenet_v2", "limit": 60, "seed": 0, "l2": None}
    recipe = {"network": "mobilenet_v2", "weights": "mobilenet_v2-b0353104.pth", "size": 128, "resize": "bicubic"}
    content = {"format": 1, "asked": asked, "features": recipe, "edits": []}
    assert planned.run_id() == digest(canonical(content))[:16]
    assert Config(device="cpu").name() == "default"


def test_only_what_differs_makes_another_run(path, tmp_path):
    drawn, elsewhere = open_dataset("drawn"), tmp_path / "copy.pth"
    elsewhere.write_bytes(Path(path).read_bytes())
    same = [
        NetworkSpec(path),
        NetworkSpec(str(elsewhere)),
        NetworkSpec(path, layer="fc:input", size=128),
        NetworkSpec.parse(path, mean="0.485,0.456,0.406"),
    ]
    ids = {plan(Config("drawn", NAME, own=own), drawn).run_id() for own in same}
    assert len(ids) == 1
    other = [
        NetworkSpec(path, layer="fc"),
        NetworkSpec(path, size=64),
        NetworkSpec.parse(path, mean="0.5"),
        NetworkSpec.parse(path, std="1"),
        NetworkSpec(),
    ]
    assert len(ids | {plan(Config("drawn", NAME, own=own), drawn).run_id() for own in other}) == 6


def test_another_content_at_the_same_path_is_another_run(tmp_path):
    path, drawn = tmp_path / "a.pth", open_dataset("drawn")
    recipes = []
    for classes in (2, 3):
        saved(network(classes=classes).state_dict(), path)
        recipes.append(plan(Config("drawn", NAME, own=NetworkSpec(str(path))), drawn).recipe())
        assert recipes[-1]["weights"] == file_digest(path)
    assert recipes[0] != recipes[1]


def test_a_request_survives_its_manifest_and_its_command():
    own = NetworkSpec("/some/where/my net.pth", "layer3", 96, (0.5, 0.5, 0.5), (0.2, 0.3, 0.4), True)
    config = Config("drawn", "resnet18", own=own, device="cuda")
    written = json.loads(json.dumps(LEAST | {"backbone": "resnet18", "l2_curve": {"1": 1}, "own": own.to_dict()}))
    assert Config.from_manifest(Manifest.from_dict(written)) == replace(config, device="auto")
    words = config.to_argv()
    options = dict(zip(words[1::2], words[2::2], strict=False))
    expected = {
        "--checkpoint": own.checkpoint,
        "--layer": "layer3",
        "--size": "96",
        "--mean": "0.5,0.5,0.5",
        "--std": "0.2,0.3,0.4",
    }
    assert expected.items() <= options.items()
    assert words[-3:] == ["--trust-code", "--device", "cuda"]
    assert config.name() == "drawn-resnet18-my-net-layer3-96px-normalised"


NETWORKS = {
    (
        "small-cnn",
        NetworkSpec("a.pth"),
    ): r"^small-cnn is trained here and takes no --checkpoint; give --backbone the name of a torchvision network, such as resnet18\.$",
    (
        "small-cnn",
        NetworkSpec(layer="1", trust_code=True),
    ): r"^small-cnn is trained here and takes no --layer or --trust-code; give",
    ("small-cnn", NetworkSpec(size=129)): r"^The size is 129 px; small-cnn takes 16 to 128\.$",
    ("torchscript", NetworkSpec()): r"^--backbone torchscript needs the program's file; give --checkpoint PATH\.$",
    (
        "torchscript",
        NetworkSpec("a.ts"),
    ): r"^a\.ts is to be loaded as a TorchScript program, and loading one can run any code on this computer; if you trust whoever made it, add --trust-code, or give a state dict with --backbone and the name of a torchvision network\.$",
    (
        "resnet19",
        NetworkSpec("a.pth"),
    ): r"^There is no backbone 'resnet19'; choose one of: small-cnn, small-cnn-smooth, onnx, hugging-face, torchscript, torch-export, alexnet,",
}


@pytest.mark.parametrize("asked", NETWORKS)
def test_a_network_that_cannot_be_had_is_refused_before_anything_is_read(asked):
    with pytest.raises(ExplorerError, match=NETWORKS[asked]):
        check_network(*asked)


def test_the_page_passes_what_is_ones_own_to_the_build(monkeypatch):
    from explorer.app.pages.data import build_jobs

    started = []
    monkeypatch.setattr(build_jobs.jobs, "start", lambda kind, name, words: started.append(words))
    typed = {"checkpoint": " /my/net.pth ", "layer": "--trust-code", "size": 0, "mean": "", "std": "0.5"}
    build_jobs.start_build(config := build_jobs.parse_request("drawn", "vgg11", 0, 0, own=typed), config.name())
    words = "build --dataset drawn --backbone vgg11 --seed 0 --checkpoint /my/net.pth --layer --trust-code --std 0.5,0.5,0.5"
    assert " ".join(started[0][:-2]) == words
    with pytest.raises(ExplorerError, match=r"^--mean is 'grey'; pixels go from 0 to 1"):
        build_jobs.start_build(
            config := build_jobs.parse_request("drawn", "vgg11", 0, 0, own=typed | {"mean": "grey"}), config.name()
        )
    assert len(started) == 1


# Runs


@pytest.fixture(scope="module")
def here(alone):
    (alone / "weights").symlink_to(Path(__file__).parents[3] / ".cache/none")
    return alone


@pytest.fixture(scope="module")
def mine(here, path):
    return build(Config("drawn", NAME, 40, l2=0.1, own=NetworkSpec(path, size=SIZE)), "mine", silent)


def test_the_head_is_judged_as_it_came_beside_the_one_that_is_fitted(mine, net):
    test, known = open_dataset("drawn").test, mine.manifest
    right = 0
    for row, label in enumerate(test.labels):  # the slow twin: the whole network, picture by picture
        picture = prepare([test.pictures[row]], SIZE)
        mean, std = (torch.tensor(values).view(3, 1, 1) for values in (MEAN, DEVIATION))
        with torch.inference_mode():
            right += int(net((picture - mean) / std).argmax()) == label
    assert known.content["checkpoint_accuracy"] == pytest.approx(right / len(test.labels), abs=1 / len(test.labels))
    share = percent(known.content["checkpoint_accuracy"])
    assert known.facts["the checkpoint's own last layer"].startswith(
        f"{share} of the test images right, its outputs taken in the order cat, dog"
    )
    doubt = known.content["checkpoint_doubt"]
    assert doubt.startswith(
        f"This network is doubtful: its own last layer gets {share} of the test images right, far below the layer fitted to its features ({percent(mine.manifest.accuracy)}). Likely reasons: it was trained at another size than 32 px"
    )
    assert f"The network is the checkpoint mine.pth. {doubt}" in known.notice
    assert known.facts["checkpoint"] == f"mine.pth (SHA-256 {known.recipe['weights'][:16]}…)"
    assert known.notice.endswith(
        f"Its own last layer gets {share} of the test images right; accuracy and scores here belong to a last layer fitted again with the penalty λ, to features that stay as they are, so they may differ from it. If the checkpoint was trained on these images, the scores are only the last layer's share of their influence."
    )


def test_a_head_of_other_classes_is_replaced_and_not_judged(here, tmp_path):
    path = saved(network(classes=5).state_dict(), tmp_path / "five.pth")
    run = build(Config("drawn", NAME, 40, l2=0.1, own=NetworkSpec(path, size=SIZE)), "five", silent)
    assert "checkpoint_accuracy" not in run.manifest.content
    assert (
        run.manifest.facts["the checkpoint's own last layer"]
        == "not judged: it has 5 outputs, the data 2 classes; a new one was fitted"
    )
    assert run.manifest.content["checkpoint_notes"] == [
        "Its own last layer is not judged: it has 5 outputs, the data 2 classes; a new one was fitted."
    ]


def test_a_run_opens_its_own_network_again_and_no_other(mine, net, path):
    from explorer.runs.network_view import picture_of

    seen = view_of(mine).forward([picture_of(mine, "test", 0)]).features
    # A random network's features hardly differ between pictures: standardising turns float32's 1e-7 into 0.003.
    deviation = np.append(mine.arrays["deviation"], 1.0)
    np.testing.assert_allclose(seen[0] * deviation, mine.test_features[0] * deviation, atol=1e-6)
    before = Path(path).read_bytes()
    saved(network(classes=3).state_dict(), path)
    with pytest.raises(
        ExplorerError,
        match=r"is not the checkpoint of this run \(its SHA-256 begins with \w{12}, the run's with \w{12}\); put that file back, or build again\.$",
    ):
        view_of(mine)
    Path(path).write_bytes(before)


def test_the_command_says_both_accuracies(mine, printed, path, here):
    words = ["--dataset", "drawn", "--backbone", NAME, "--limit", 40, "--l2", 0.1, "--checkpoint", path, "--size", SIZE]
    result = json.loads(printed("build", *words, "--json", home=here))
    assert result["run_id"] == mine.id
    assert result["checkpoint_accuracy"] == mine.manifest.content["checkpoint_accuracy"]
    assert result["own"] == {"checkpoint": path, "size": SIZE}
