"""Files of weights as people have them: known by content, sets of weights found and chosen, what was left aside said."""

import argparse
import zipfile

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from explorer.core.errors import ExplorerError
from explorer.models.backbones import Backbone
from explorer.models.custom.architecture import untrained_network
from explorer.models.custom.fitting.weight_fits import fitting
from explorer.models.custom.fitting.weight_sets import WeightSet
from explorer.models.custom.spec import USUAL_SET, NetworkSpec
from tests.support.networks import NAME, SIZE, features, images, listened, loaded, network, saved

pytest_plugins = ["tests.support.saved_network"]


def same(body, net):
    """Compare what a loaded file gives with what the network's last layer is heard to be given."""
    expected = listened(net, net.fc, images()).numpy()
    np.testing.assert_allclose(features(body), expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


# Kinds


def beginning(content):
    return lambda path: path.write_bytes(content)


def zipped(*names):
    def make(path):
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.writestr(name, b"no")

    return make


KINDS = {
    "Keras": (
        zipped("metadata.json", "config.json", "model.weights.h5"),
        r"is a network of Keras; export it where Keras is: model = keras\.saving\.load_model\(path\); model\.export\('net\.onnx', format='onnx'\)\.$",
    ),
    "HDF5 of Keras": (
        beginning(b"\x89HDF\r\n\x1a\n" + bytes(99)),
        r"is an HDF5 file, as Keras writes it; export it where Keras is",
    ),
    "OpenVINO": (
        beginning(b'<?xml version="1.0"?>\n<net name="Model0" version="11">'),
        r"is a network of OpenVINO, which does not turn back; export the network it was made of: torch\.onnx\.export",
    ),
    "TensorFlow Lite": (beginning(b"\x1c\x00\x00\x00TFL3" + bytes(99)), r"is a network of TensorFlow Lite"),
    "GGUF": (
        beginning(b"GGUF\x03\x00\x00\x00" + bytes(99)),
        r"is a GGUF file, made for language models; give the weights of an image classifier\.$",
    ),
    "Core ML": (
        beginning(b"\x08\x05\x12\x8c\x01\x0a\x0e" + bytes(99)),
        r"is a network of Core ML, which does not turn back; export the network",
    ),
    "Flax": (beginning(b"\x82\xa6params\x81" + bytes(99)), r"is weights of Flax; give those of PyTorch"),
    "NumPy": (
        lambda path: np.save(path.open("wb"), np.ones(3)),
        r"is a file of NumPy arrays; save them by the network's own names",
    ),
    "NumPy's zip": (lambda path: np.savez(path.open("wb"), a=np.ones(3)), r"is a file of NumPy arrays"),
    "joblib": (
        beginning(b"\x80\x04\x95\x10\0\0\0\0\0\0\0\x8c\x13joblib.numpy_pickle\x94"),
        r"is a model of scikit-learn, which",
    ),
    "skops": (
        zipped("schema.json", "140.npy"),
        r"is a model of scikit-learn, which reads features and no pictures; give the",
    ),
    "AOTInductor": (
        zipped("a/archive_format", "a/data/aotinductor/model/cx.wrapper.so"),
        r"is a network that AOTInductor compiled for one kind of machine, which does not turn back; give what",
    ),
    "TensorRT": (
        beginning(b"ftrt" + bytes(99)),
        r"is a plan of TensorRT, which does not turn back; give the ONNX file",
    ),
    "a frozen graph": (
        beginning(b"\x0a\x1e\x0a\x05input\x12\x0bPlaceholder*\x0b\x0a\x05dtype\x12\x020\x01" + bytes(50)),
        r"is a frozen graph of TensorFlow; export it where TensorFlow is: python -m tf2onnx\.convert --graphdef FILE",
    ),
    "Paddle": (
        beginning(b"\x0a\x8a\x04\x08\0\x10\xff" + bytes(99)),
        r"is a program of Paddle; export it where Paddle is",
    ),
    "Caffe": (
        beginning(b"\x0a\x07AlexNet\xa2\x06" + bytes(99)),
        r"is a network of Caffe; turn it into ONNX or a state dict",
    ),
    "a pointer of Git LFS": (
        beginning(b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n"),
        r"is a pointer of Git LFS, not the file itself; fetch it in its repository: git lfs pull\.$",
    ),
    "a page": (beginning(b"<!DOCTYPE html><html>404"), r"is a web page, not weights; download it again"),
    "a description": (
        beginning(b'{"model_type": "resnet"}'),
        r"is a text that describes a network, without its weights; give the file of weights beside it\.$",
    ),
    "TensorFlow": (beginning(b"\x08\x01\x12\x07" + bytes(99)), r"is a network of TensorFlow; export it where"),
    "gzip": (
        beginning(b"\x1f\x8b\x08" + bytes(99)),
        r"is a packed archive; unpack it and give the file of weights inside\.$",
    ),
    "ONNX": (
        beginning(b"\x08\x09\x12\x07pytorch\x1a\x032.1"),
        r"is an ONNX graph, which brings its own architecture; give --backbone onnx",
    ),
    "TorchScript": (
        zipped("a/data.pkl", "a/constants.pkl"),
        r"is a TorchScript program, .* It is loaded only with --backbone torchscript --trust-code\.$",
    ),
    "torch.export": (
        zipped("a/models/model.json", "a/archive_format"),
        r"is a torch\.export program, .* It is loaded only with --backbone torch-export --trust-code\.$",
    ),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ending", ["pth", "safetensors"])
def test_a_file_is_known_by_its_content_and_not_by_its_ending(kind, ending, tmp_path):
    make, says = KINDS[kind]
    make(path := tmp_path / f"a.{ending}")
    with pytest.raises(ExplorerError, match=says) as refusal:
        loaded(path)
    assert "\n" not in str(refusal.value)


def test_safetensors_are_read_under_any_ending(net, tmp_path):
    save_file({name: value.contiguous() for name, value in net.state_dict().items()}, tmp_path / "a.pth")
    same(loaded(tmp_path / "a.pth"), net)


def test_a_checkpoint_called_safetensors_is_read(net, tmp_path):
    same(loaded(saved(net.state_dict(), tmp_path / "a.safetensors")), net)


# What is read


def noted(state):
    return {f"{name.rpartition('.')[0]}.total_ops": torch.zeros(1) for name in state if name.endswith("weight")}


def pruned(state):
    mask = torch.ones_like(state["fc.weight"])
    rest = {name: value for name, value in state.items() if name != "fc.weight"}
    return rest | {"fc.weight_orig": state["fc.weight"], "fc.weight_mask": mask}


def inside(state, part, word):
    return {
        name.replace(f"{part}.", f"{part}.{word}.", 1) if name.startswith(part) else name: state[name] for name in state
    }


def before(state, prefix):
    return {f"{prefix}{name}": value for name, value in state.items()}


READ = {
    **{
        key: lambda state, key=key: {key: state, "epoch": 3}
        for key in (
            "net",
            "network",
            "params",
            "ema",
            "model_state",
            "student",
            "teacher",
            "state_dict_ema",
            "model_ema",
            "module",
            "generator",
        )
    },
    "two levels down": lambda state: {"checkpoint": {"network": state}},
    "net.": lambda state: before(state, "net."),
    "backbone.": lambda state: before(state, "backbone."),
    "a prefix of one's own": lambda state: before(state, "lit_module.classifier_net."),
    "with the loss": lambda state: {"state_dict": before(state, "model.") | {"criterion.weight": torch.ones(2)}},
    "with the loss, without a prefix": lambda state: (
        state | {"criterion.weight": torch.ones(2), "val_acc.total": torch.ones(1)}
    ),
    "DataParallel inside": lambda state: inside(state, "stage2", "module"),
    "compiled inside": lambda state: inside(state, "conv5", "_orig_mod"),
    "a profiler": lambda state: state | noted(state),
    "pruning": pruned,
    "a namespace and a number": lambda state: {
        "args": argparse.Namespace(lr=0.1),
        "best": np.float64(0.9),
        "model": state,
    },
    "Lightning's hyper-parameters": lambda state: {
        "state_dict": before(state, "model."),
        "hyper_parameters": argparse.Namespace(lr=1),
        "callbacks": {"a": {"best": torch.tensor(1.0)}},
        "pytorch-lightning_version": "2.6.0",
    },
    "an optimiser beside it": lambda state: {
        "optimizer": {"state": {0: {"exp_avg": torch.ones(2, 2)}}},
        "model": state,
    },
}


@pytest.mark.parametrize("case", READ)
def test_a_set_of_weights_is_found_however_it_lies_in_the_file(case, net, tmp_path):
    body = loaded(saved(READ[case](net.state_dict()), tmp_path / "a.pth"))
    same(body, net)
    np.testing.assert_allclose(body.head()[0], net.fc.weight.detach().numpy())


def test_what_is_left_aside_is_said(net, tmp_path):
    content = {"state_dict": before(net.state_dict(), "model.") | {"criterion.weight": torch.ones(2)}}
    assert loaded(saved(content, tmp_path / "a.pth")).notes == (
        "Left aside: 1 tensor that is no part of the network (criterion.weight).",
    )
    assert loaded(saved(net.state_dict(), tmp_path / "b.pth")).notes == ()


def test_a_whole_network_is_read_and_said_to_be_one(net, tmp_path):
    body = loaded(saved(net, tmp_path / "a.pth"))
    same(body, net)
    [note] = body.notes
    assert (
        note
        == "It is a whole network of the class torchvision.models.shufflenetv2.ShuffleNetV2; its numbers were read, none of its code."
    )


@pytest.mark.parametrize("place", ["1.", ""])
def test_a_mean_and_deviation_in_the_file_are_told(place, net, tmp_path):
    own = {"mean": torch.full((1, 3, 1, 1), 0.5), "std": torch.tensor([0.25, 0.25, 0.5]).view(1, 3, 1, 1)}
    state = before(net.state_dict(), place) | before(own, "0." if place else "")
    notes = loaded(saved(state, tmp_path / "a.pth")).notes
    assert notes[-1] == "It holds its own mean and deviation: give --mean 0.5,0.5,0.5 --std 0.25,0.25,0.5."
    usual = {"mean": torch.tensor([0.485, 0.456, 0.406]), "std": torch.tensor([0.229, 0.224, 0.225])}
    notes = loaded(saved(before(net.state_dict(), "1.") | before(usual, "0."), tmp_path / "b.pth")).notes
    assert "give" not in " ".join(notes)


def test_weights_in_a_list_are_found(net, tmp_path):
    same(loaded(saved([net.state_dict(), 3], tmp_path / "a.pth")), net)


# Of another network


def names(*some):
    return {name: torch.zeros(2, 2) for name in some}


OTHERS = {
    "one with a prefix": (
        lambda: before(network("squeezenet1_1").state_dict(), "net."),
        r"; it fits squeezenet1_1, so give --backbone squeezenet1_1\.$",
    ),
    "timm's": (
        lambda: names("patch_embed.proj.weight", "blocks.0.attn.qkv.weight"),
        r"; its names are those of timm: give --backbone timm/",
    ),
    "efficientnet_pytorch's": (
        lambda: names("_conv_stem.weight", "_blocks.0._depthwise_conv.weight", "_fc.weight"),
        r"; its names are those of efficientnet_pytorch and MONAI, which are not read: save the whole network .* torch\.onnx\.export\(",
    ),
    "open_clip's": (
        lambda: names("visual.transformer.resblocks.0.mlp.c_fc.weight"),
        r"; its names are those of CLIP and open_clip: save the part that sees pictures, torch\.onnx\.export\(model\.visual",
    ),
    "Hugging Face's": (
        lambda: names("vit.embeddings.patch_embeddings.projection.weight"),
        r"; its names are those of Hugging Face: give the folder in which it lies\.$",
    ),
    "what was added": (
        lambda: names("base_model.model.blocks.0.attn.q.lora_A.default.weight"),
        r"; it holds what was added to a network, not the network: join both first",
    ),
    "an adapter's network": (
        lambda: names("vit.layers.0.q_proj.base_layer.weight", "vit.layers.0.q_proj.ia3_l.default"),
        r"; it holds what was added to a network, not the network: join both first",
    ),
    "numbers of eight bits": (
        lambda: {name: value.to(torch.float8_e4m3fn) for name, value in network().state_dict().items()},
        r"is not made of plain numbers; save them as such: torch",
    ),
    "arrays": (
        lambda: {"model": {"conv1.weight": np.zeros((2, 2))}},
        r"_reconstruct, not weights alone; save its arrays as tensors: torch\.save",
    ),
}


@pytest.mark.parametrize("other", OTHERS)
def test_a_file_of_another_network_or_library_is_told_by_its_names(other, tmp_path):
    make, says = OTHERS[other]
    with pytest.raises(ExplorerError, match=says) as refusal:
        loaded(saved(make(), tmp_path / "a.pth"))
    assert "\n" not in str(refusal.value)


FAMILIES = ("resnet18", "resnet34", "vgg11", "vgg13", "mobilenet_v3_small", "mobilenet_v3_large", "densenet121")


@pytest.fixture(scope="module")
def family():
    """Networks of a few kinds without weights, by their names."""
    return {name: untrained_network(name) for name in FAMILIES}


@pytest.mark.parametrize("name", FAMILIES)
def test_a_larger_network_of_the_same_kind_is_no_network_with_something_beside_it(name, family):
    found = [WeightSet("", dict(family[name].state_dict()))]
    fits = {other: fitting(found, network) for other, network in family.items()}
    assert [other for other, ways in fits.items() if ways] == [name]
    assert not fits[name][0].named.aside


# Several sets


@pytest.fixture(scope="module")
def average():
    net = network()
    with torch.no_grad():
        for part in net.parameters():
            part.mul_(0.9)
    return net


SEVERAL = {
    "model, model_ema": lambda raw, mean: {"model": raw, "model_ema": mean},
    "the average first": lambda raw, mean: {"state_dict_ema": mean, "state_dict": raw},
    "AveragedModel": lambda raw, mean: {"model": raw, "ema": before(mean, "module.") | {"n_averaged": torch.tensor(3)}},
    "inside a callback": lambda raw, mean: {"state_dict": raw, "callbacks": {"EMA": {"ema_state_dict": mean}}},
    "by prefix": lambda raw, mean: {"state_dict": before(raw, "model.") | before(mean, "ema_model.")},
}


@pytest.mark.parametrize("case", SEVERAL)
def test_the_average_is_taken_and_said(case, net, average, tmp_path):
    path = saved(SEVERAL[case](net.state_dict(), average.state_dict()), tmp_path / "a.pth")
    body = loaded(path)
    same(body, average)
    assert "It holds several sets of weights (" in body.notes[0]
    assert ", the average. --weights-set " in body.notes[0]
    other = body.notes[0].rpartition("--weights-set ")[2].removesuffix(" takes another.")
    same(loaded(path, weights_set=other), net)


def test_an_average_that_does_not_fit_is_told(net, tmp_path):
    shadow = {name: value for name, value in net.state_dict().items() if "running" not in name}
    body = loaded(saved({"model": net.state_dict(), "ema": {"shadow": shadow}}, tmp_path / "a.pth"))
    same(body, net)
    assert body.notes == (
        "An average stands in it, too (ema.shadow), but lacks tensors of the network, so it was not taken.",
    )


def test_the_choice_makes_the_run_another_and_old_runs_keep_theirs(net, average, tmp_path):
    path = saved({"model": net.state_dict(), "model_ema": average.state_dict()}, tmp_path / "a.pth")
    recipes = {
        asked: Backbone(NAME, SIZE, NetworkSpec(path, weights_set=asked)).recipe for asked in ("", "model", USUAL_SET)
    }
    assert recipes[""]["weights_set"] == "model_ema"
    assert recipes["model"] == recipes[USUAL_SET]
    assert "weights_set" not in recipes["model"]
    same(loaded(path, weights_set=USUAL_SET), net)
    with pytest.raises(ExplorerError, match=r"^There is no set of weights 'swa'; choose one of: model, model_ema\.$"):
        loaded(path, weights_set="swa")


def test_current_weights_beside_an_averaged_state_dict_are_not_taken(net, average, tmp_path):
    content = {
        "state_dict": before(average.state_dict(), "model."),
        "current_model_state": before(net.state_dict(), "model."),
    }
    same(loaded(saved(content, tmp_path / "a.ckpt")), average)
