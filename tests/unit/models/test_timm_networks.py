"""timm's networks by name and from files: features, last layer and preparation are those of timm itself."""

import argparse
import json
from importlib.util import find_spec

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from explorer.core.errors import ExplorerError, UnavailableError
from explorer.core.progress import silent
from explorer.core.torchvision_compat import torchvision
from explorer.models.backbones import Backbone, extract_features
from explorer.models.custom import checkpoint
from explorer.models.custom.spec import NetworkSpec
from explorer.models.libraries.networks import default_preparation, own_size
from explorer.models.libraries.timm_names import architectures
from explorer.models.libraries.timm_network import digest_of
from explorer.models.network_names import check_network, stated_by
from explorer.models.preparation.preparation import Preparation
from explorer.runs.build.request import Config
from tests.support.networks import PICTURES

# timm takes two seconds to load: what needs it loads it, once, when the tests of this file are run.
pytestmark = pytest.mark.skipif(find_spec("timm") is None, reason="the extra timm is not installed")
assert torchvision


def made(name, classes=3, **options):
    import timm

    torch.manual_seed(0)
    return timm.create_model(name, num_classes=classes, **options).eval()


def opened(name, path, **own):
    """A network as a build opens it, with its size and preparation."""
    spec = NetworkSpec(str(path), **own)
    size = own_size(name, spec)
    way = spec.preparation.applied(lambda: 1 / 0, default_preparation(name, spec, size), spec.size, spec.mean, spec.std)
    backbone = Backbone(name, size, spec, preparation=way)
    return backbone, backbone.load(silent), way


def by_timm(net, **changed):
    """The slow twin: timm's own transform, features and scores."""
    import timm

    transform = timm.data.create_transform(**timm.data.resolve_data_config(pretrained_cfg=net.pretrained_cfg | changed))
    with torch.inference_mode():
        images = torch.stack([transform(PICTURES[row]) for row in range(3)])
        return net.forward_head(net.forward_features(images), pre_logits=True).numpy(), net(images).numpy()


def close(found, truth, loose=1e-5):
    np.testing.assert_allclose(found, truth, rtol=0, atol=loose * np.abs(truth).max())


NETWORKS = ("test_resnet", "test_vit", "test_convnext", "test_efficientnet", "test_byobnet", "resnet10t")


@pytest.mark.parametrize("name", NETWORKS)
def test_features_and_scores_are_those_of_timm_with_its_own_preparation(name, tmp_path):
    net = made(name)
    torch.save(net.state_dict(), tmp_path / "a.pth")
    backbone, body, way = opened(f"timm/{name}", tmp_path / "a.pth")
    features, scores = by_timm(net)
    found = extract_features(body, PICTURES, range(3), way)
    close(found, features)
    weight, bias = body.head()
    close(found @ weight.T + bias, scores, 1e-4)
    assert Preparation.of_recipe(backbone.recipe) == way


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("deit_tiny_distilled_patch16_224", {"depth": 1}), ("levit_128s", {}), ("efficientformerv2_s0", {})],
)
def test_of_two_last_layers_both_are_read_and_their_mean_is_judged(name, arguments, tmp_path):
    net = made(name, **arguments)
    torch.save(net.state_dict(), tmp_path / "pytorch_model.bin")
    (tmp_path / "config.json").write_text(json.dumps({"architecture": name, "model_args": arguments}))
    _, body, way = opened(stated_by(str(tmp_path)), tmp_path)
    weight, bias = body.head()
    close(extract_features(body, PICTURES, range(3), way) @ weight.T + bias, by_timm(net)[1], 1e-4)


def test_features_of_two_last_layers_are_known_by_that(tmp_path):
    for name, second in (("repvit_m0_9", "head.head_dist.l.weight"), ("test_resnet", "fc.weight")):
        torch.save({"stem.weight": torch.ones(2, 2), second: torch.ones(2, 2)}, tmp_path / "a.pth")
        known = digest_of(f"timm/{name}", NetworkSpec(str(tmp_path / "a.pth")))
        assert (known == checkpoint.digest_of(str(tmp_path / "a.pth"))) == (name == "test_resnet")
        layered = digest_of(f"timm/{name}", NetworkSpec(str(tmp_path / "a.pth"), layer="stem"))
        assert layered == checkpoint.digest_of(str(tmp_path / "a.pth"))


SMALL_ARGUMENTS = {"depth": 1, "embed_dim": 32, "num_heads": 2}


@pytest.mark.parametrize("name", ["naflexvit_base_patch16_gap", "xcit_nano_12_p16_224"])
def test_patches_by_a_linear_layer_and_positions_that_are_computed_are_read(name, tmp_path):
    net = made(name, **SMALL_ARGUMENTS)
    torch.save(net.state_dict(), tmp_path / "pytorch_model.bin")
    (tmp_path / "config.json").write_text(json.dumps({"architecture": name, "model_args": SMALL_ARGUMENTS}))
    _, body, way = opened(f"timm/{name}", tmp_path)
    features, scores = by_timm(net)
    found = extract_features(body, PICTURES, range(3), way)
    close(found, features)
    weight, bias = body.head()
    close(found @ weight.T + bias, scores, 1e-4)


def test_another_number_of_channels_is_named(tmp_path):
    net = made("test_resnet", in_chans=4)
    torch.save(net.state_dict(), tmp_path / "a.pth")
    given = "and they are given here with the three of red, green and blue; give a network for these"
    with pytest.raises(ExplorerError, match=rf"made for pictures of 4 channels, {given}"):
        opened("timm/test_resnet", tmp_path / "a.pth")
    settings = {"architecture": "test_resnet", "pretrained_cfg": {"input_size": [4, 160, 160], "mean": [0.5] * 4}}
    (tmp_path / "config.json").write_text(json.dumps(settings))
    with pytest.raises(ExplorerError, match=rf"timm's settings ask for pictures of 4 channels, {given}"):
        opened("timm/test_resnet", tmp_path / "a.pth")


def test_names_of_many_classes_are_read(tmp_path):
    names = [f"species {number}" for number in range(1_200)]
    torch.save(made("test_resnet", classes=1_200).state_dict(), tmp_path / "pytorch_model.bin")
    (tmp_path / "config.json").write_text(json.dumps({"architecture": "test_resnet", "label_names": names}))
    assert opened("timm/test_resnet", tmp_path)[1].classes == tuple(names)


def test_a_transformer_is_built_for_the_size_that_is_asked_for(tmp_path):
    net = made("test_vit", img_size=96)
    torch.save(net.state_dict(), tmp_path / "a.pth")
    _, body, way = opened("timm/test_vit", tmp_path / "a.pth", size=96)
    close(extract_features(body, PICTURES, range(3), way), by_timm(net, input_size=(3, 96, 96))[0])
    _, body, way = opened("timm/test_vit", tmp_path / "a.pth")  # its table of positions tells the size
    assert way.size == (96, 96)
    close(extract_features(body, PICTURES, range(3), way), by_timm(net, input_size=(3, 96, 96))[0])


def test_weights_of_timms_own_training_say_their_network(tmp_path):
    net = made("test_resnet")
    whole = {"epoch": 1, "arch": "test_resnet", "state_dict": net.state_dict(), "version": 2, "metric": 0.5}
    torch.save(whole | {"args": argparse.Namespace(model="test_resnet", lr=0.1)}, tmp_path / "last.pth.tar")
    asked = Config(own=NetworkSpec(str(tmp_path / "last.pth.tar")))
    assert asked.recognised().backbone == "timm/test_resnet"
    with pytest.raises(
        ExplorerError, match=r"says that its network is timm's test_resnet.*give --backbone timm/test_resnet"
    ):
        check_network("resnet18", asked.own)


def test_a_blurred_network_that_states_itself_is_not_taken_for_a_plain_one(tmp_path):
    torch.save({"arch": "resnetblur18", "state_dict": made("resnetblur18").state_dict()}, tmp_path / "a.pth")
    torch.save({"arch": "resnet18", "state_dict": {}, "best_acc1": 1.0}, tmp_path / "b.pth")
    assert [stated_by(str(tmp_path / name)) for name in ("a.pth", "b.pth", "c.pth")] == [
        "timm/resnetblur18",
        "resnet18",
        "",
    ]
    with pytest.raises(ExplorerError, match="may have the tensors of resnet18 and compute something else"):
        check_network("resnet18", NetworkSpec(str(tmp_path / "a.pth")))


@pytest.mark.parametrize("kind", ["safetensors", "bin"])
def test_a_folder_in_the_form_of_hugging_face_goes_to_timm_with_its_own_preparation(kind, tmp_path):
    net = made("test_vit")
    own = {"mean": [0.4, 0.4, 0.4], "std": [0.3, 0.3, 0.3], "crop_pct": 1.0, "interpolation": "bilinear"}
    config = {
        "architecture": "test_vit",
        "num_classes": 3,
        "model_args": {"num_classes": 3, "in_chans": 3},
        "pretrained_cfg": own,
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    if kind == "bin":
        torch.save(net.state_dict(), tmp_path / "pytorch_model.bin")
    else:
        save_file(net.state_dict(), tmp_path / "model.safetensors")
    for given in (tmp_path, tmp_path / "config.json"):
        assert Config(own=NetworkSpec(str(given))).recognised().backbone == "timm/test_vit"
    _, body, way = opened("timm/test_vit", tmp_path)
    assert (way.mean, way.std, way.crop, way.interpolation) == ((0.4,) * 3, (0.3,) * 3, 1, "bilinear")
    close(extract_features(body, PICTURES, range(3), way), by_timm(net, **own)[0])


@pytest.mark.parametrize("names", [{"labels": ["dog", "cat", "ant"]}, {"label_names": {0: "dog", 1: "cat", 2: "ant"}}])
def test_a_folder_of_timm_before_0_8_states_its_preparation_and_classes_at_the_top(names, tmp_path):
    net, own = made("test_resnet"), {"mean": [0.1, 0.2, 0.3], "std": [0.3] * 3, "crop_pct": 0.8, "crop_mode": None}
    torch.save(net.state_dict(), tmp_path / "pytorch_model.bin")
    (tmp_path / "config.json").write_text(json.dumps({"architecture": "test_resnet", "num_classes": 3} | own | names))
    _, body, way = opened("timm/test_resnet", tmp_path)
    assert (way.mean, way.std, way.crop, body.classes) == ((0.1, 0.2, 0.3), (0.3,) * 3, 0.8, ("dog", "cat", "ant"))
    close(extract_features(body, PICTURES, range(3), way), by_timm(net, **own)[0])


def test_a_transformer_for_grey_pictures_is_given_their_brightness(tmp_path):
    net = made("test_vit", in_chans=1)
    torch.save(net.state_dict(), tmp_path / "a.pth")
    _, body, way = opened("timm/test_vit", tmp_path / "a.pth")
    assert any("takes grey pictures" in note for note in body.notes)
    shares = torch.tensor([0.299, 0.587, 0.114]).view(3, 1, 1)
    net.patch_embed.register_forward_pre_hook(lambda _, given: ((given[0] * shares).sum(1, keepdim=True),))
    close(extract_features(body, PICTURES, range(3), way), by_timm(net)[0])


def test_weights_that_are_not_here_are_not_fetched():
    with pytest.raises(
        UnavailableError,
        match=r"not on this computer, and this program does not fetch timm's; fetch them once .*'resnet18\.a1_in1k'",
    ):
        _ = Backbone("timm/resnet18.a1_in1k", 224).recipe
    with pytest.raises(ExplorerError, match=r"no weights called so \(timm/resnet18\.best\); .* timm/resnet18\.a1_in1k"):
        _ = Backbone("timm/resnet18.best", 224).recipe


def test_a_name_that_is_none_is_refused_with_near_ones():
    with pytest.raises(
        ExplorerError, match=r"timm has no network 'resnet18x' among its 1,\d\d\d; near are: timm/resnet18,"
    ):
        check_network("timm/resnet18x", NetworkSpec())


def test_names_found_in_the_source_are_the_registry():
    import timm

    assert set(architectures()) == set(timm.list_models())


def test_an_average_a_grey_first_layer_and_an_own_last_part_are_taken_and_said(tmp_path):
    net, raw = made("test_resnet"), made("test_resnet", in_chans=1)
    torch.save({"state_dict": raw.state_dict(), "state_dict_ema": raw.state_dict()}, tmp_path / "a.pth")
    backbone, body, _ = opened("timm/test_resnet", tmp_path / "a.pth")
    assert "state_dict_ema" in body.notes[0]
    assert any("grey" in note for note in body.notes)
    assert opened("timm/test_resnet", tmp_path / "a.pth", weights_set="state_dict")[0].recipe != backbone.recipe
    net.fc = torch.nn.Sequential(torch.nn.Dropout(0.5), torch.nn.Linear(96, 4))
    torch.save(net.eval().state_dict(), tmp_path / "b.pth")
    _, body, way = opened("timm/test_resnet", tmp_path / "b.pth")
    weight, bias = body.head()
    close(extract_features(body, PICTURES, range(3), way) @ weight.T + bias, by_timm(net)[1], 1e-4)


def test_strange_arguments_are_named(tmp_path):
    torch.save(made("test_resnet").state_dict(), tmp_path / "pytorch_model.bin")
    for more, message in (
        ({"checkpoint_path": "x"}, "asks timm for checkpoint_path"),
        ({"depth": 10**5}, "no network is as large"),
    ):
        (tmp_path / "config.json").write_text(json.dumps({"architecture": "test_resnet", "model_args": more}))
        with pytest.raises(ExplorerError, match=message):
            opened("timm/test_resnet", tmp_path)


def test_arguments_of_training_are_left_out_and_those_of_the_network_are_taken(tmp_path):
    net = made("test_resnet", act_layer="silu")
    torch.save(net.state_dict(), tmp_path / "pytorch_model.bin")
    config = {"architecture": "test_resnet", "model_args": {"act_layer": "silu", "drop_rate": 0.3}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    _, body, way = opened("timm/test_resnet", tmp_path)
    close(extract_features(body, PICTURES, range(3), way), by_timm(net)[0])


def test_what_its_training_was_given_is_said(tmp_path):
    args = argparse.Namespace(img_size=96, mean=[0.1, 0.2, 0.3], std=None, interpolation="", model_kwargs={"a": 1})
    torch.save({"arch": "test_resnet", "state_dict": made("test_resnet").state_dict(), "args": args}, tmp_path / "a")
    _, body, _ = opened("timm/test_resnet", tmp_path / "a")
    assert body.notes == (
        "Its training program was given img_size 96, mean 0.1,0.2,0.3, model_kwargs a=1; see that pictures and network are so here (--size, --crop, --interpolation, --mean, --std).",
    )


@pytest.mark.parametrize("options", [{"global_pool": "avg"}, {"img_size": (96, 64)}])
def test_weights_of_a_network_with_arguments_are_told_how_to_keep_them(options, tmp_path):
    torch.save(made("test_vit", **options).state_dict(), tmp_path / "a.pth")
    with pytest.raises(ExplorerError, match=r"give the --size that it was trained at; .*timm\.models\.save_for_hf"):
        opened("timm/test_vit", tmp_path / "a.pth")
