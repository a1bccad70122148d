"""A person's checkpoint: read without running code, however it was wrapped, or refused in one sentence."""

import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from explorer.core.errors import ExplorerError
from explorer.core.torchvision_compat import torchvision
from explorer.models.feature_extractor import FeatureExtractor, LayerHook, pooled
from tests.support.networks import NAME, features, images, listened, loaded, network, saved

pytest_plugins = ["tests.support.saved_network"]


# What is read


WRAPPED = {
    "plain": lambda state: state,
    "state_dict beside others": lambda state: {"epoch": 3, "state_dict": state, "optimizer": {"lr": [1]}},
    "model": lambda state: {"model": state},
    "model_state_dict": lambda state: {"model_state_dict": state},
    "twice": lambda state: {"state_dict": {"model": state}},
    "DataParallel": lambda state: {f"module.{name}": value for name, value in state.items()},
    "compiled": lambda state: {f"_orig_mod.{name}": value for name, value in state.items()},
    "both": lambda state: {"state_dict": {f"module._orig_mod.{name}": value for name, value in state.items()}},
    "Lightning": lambda state: {"state_dict": {f"model.{name}": value for name, value in state.items()}},
    "averaged": lambda state: {"n_averaged": torch.tensor(2), **{f"module.{key}": state[key] for key in state}},
    "half precision": lambda state: {
        key: value.half() if value.is_floating_point() else value for key, value in state.items()
    },
    "before counters": lambda state: {key: value for key, value in state.items() if "num_batches" not in key},
}


@pytest.mark.parametrize("wrapping", WRAPPED)
def test_a_state_dict_is_read_however_it_was_wrapped(wrapping, net, tmp_path):
    expected = listened(net, net.fc, images()).numpy()
    found = features(loaded(saved(WRAPPED[wrapping](net.state_dict()), tmp_path / "a.pth")))
    loose = 2e-2 if wrapping == "half precision" else 1e-5
    np.testing.assert_allclose(found, expected, rtol=loose, atol=loose * np.abs(expected).max())


def test_safetensors_give_the_same_features(net, path, tmp_path):
    save_file({name: value.contiguous() for name, value in net.state_dict().items()}, tmp_path / "mine.safetensors")
    np.testing.assert_array_equal(features(loaded(tmp_path / "mine.safetensors")), features(loaded(path)))


@pytest.mark.parametrize("classes", [1, 2, 7])
def test_the_last_layer_may_have_any_number_of_outputs(classes, tmp_path):
    net = network(classes=classes)
    weight, bias = loaded(saved(net.state_dict(), tmp_path / "a.pt")).head()
    np.testing.assert_allclose(weight, net.fc.weight.detach().numpy())
    np.testing.assert_allclose(bias, net.fc.bias.detach().numpy())


# Each stands for a family with something of its own; all 80 were measured once (see the decision on checkpoints).
ODD = {
    "googlenet": (64, {"aux_logits": True, "init_weights": False}),  # second heads
    "squeezenet1_1": (64, {}),  # its last layer is a convolution
    "mnasnet0_5": (64, {}),  # refuses state dicts without versions
    "mobilenet_v3_small": (64, {}),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_networks_give_what_their_last_layer_reads(name, tmp_path):
    size, options = ODD[name]
    net = network(name, 3, **options)
    body = loaded(saved({"state_dict": net.state_dict()}, tmp_path / "a.pth"), name, size)
    last = LayerHook.find(net).module
    expected = pooled(listened(net, last, images(size))).numpy()
    np.testing.assert_allclose(features(body, size), expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())
    assert (body.head() is None) == (name == "squeezenet1_1")


def test_a_transformer_is_built_for_the_size_that_is_asked_for(tmp_path):
    net = torchvision.models.VisionTransformer(
        image_size=64, patch_size=32, num_layers=1, num_heads=1, hidden_dim=8, mlp_dim=8
    )
    body = FeatureExtractor(net.eval(), LayerHook.find(net))
    assert features(body, 64).shape == (3, 8)
    with pytest.raises(
        ExplorerError,
        match=r"^Pictures of 96 px do not go through this network \(Wrong image height!.*choose another --size",
    ):
        features(body, 96)


# What is refused


class Trap:
    """What a pickle would do if it were read without care."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def trapped(folder):
    return saved({"state_dict": {"fc.weight": Trap(folder / "ran")}}, folder / "trap.pth")


def plain_pickle(folder):
    (folder / "trap.pth").write_bytes(pickle.dumps(Trap(folder / "ran"), protocol=2))
    return folder / "trap.pth"


def inside_zip(folder, name, content=b"no", kind=zipfile.ZIP_STORED):
    with zipfile.ZipFile(folder / "a.pth", "w", kind) as archive:
        archive.writestr(name, content)
    return folder / "a.pth"


def changed(folder, **parts):
    return saved(
        network().state_dict() | {name.replace("__", "."): value for name, value in parts.items()}, folder / "a.pth"
    )


def lacking(folder):
    return saved(
        {name: value for name, value in network().state_dict().items() if name != "conv1.0.weight"}, folder / "a.pth"
    )


def cut(folder, name):
    whole = folder / name
    if name.endswith("pth"):
        saved(network().state_dict(), whole)
    else:
        save_file({"a": torch.zeros(99)}, whole)
    whole.write_bytes(whole.read_bytes()[:-100])
    return whole


def written(folder, name, content):
    (folder / name).write_bytes(content)
    return folder / name


def broken(value):
    weights = torch.ones(2, 1024)
    weights[1, 5] = value
    return weights


SAVE = r"give a state dict, saved with torch\.save\(model\.state_dict\(\), 'weights\.pth'\) or as \.safetensors"
REFUSED = {
    "a trap": (
        trapped,
        rf"holds no tensors by name; {SAVE}\.$",
    ),
    "a plain pickle": (
        plain_pickle,
        rf"holds no tensors by name; {SAVE}\.$",
    ),
    "a folder": (lambda folder: folder, rf"is a folder, not a checkpoint; {SAVE}\.$"),
    "nothing": (lambda folder: folder / "none.pth", rf"^There is no file .*none\.pth; {SAVE}\.$"),
    "a name too long": (lambda folder: folder / ("n" * 300), rf"(^There is no file|cannot be read).*{SAVE}\.$"),
    "0 bytes": (lambda folder: written(folder, "a.pth", b""), rf"is empty \(0 bytes\); {SAVE}\.$"),
    "text": (
        lambda folder: written(folder, "a.pth", b"<html>not found"),
        r"is a web page, not weights; download it again, with the link of the file itself\.$",
    ),
    "text as safetensors": (
        lambda folder: written(folder, "a.safetensors", b"<html>not found"),
        r"is a web page, not weights; download it again, with the link of the file itself\.$",
    ),
    "noise": (
        lambda folder: written(folder, "a.pth", bytes(range(100, 250))),
        rf"is damaged or no checkpoint; copy it again, or {SAVE}\.$",
    ),
    "noise as safetensors": (
        lambda folder: written(folder, "a.safetensors", bytes(range(100, 250))),
        rf"is no whole \.safetensors file \(.+\); copy it again, or {SAVE}\.$",
    ),
    "a cut file": (lambda folder: cut(folder, "a.pth"), rf"is damaged or no checkpoint.*copy it again, or {SAVE}\.$"),
    "a cut safetensors": (
        lambda folder: cut(folder, "a.safetensors"),
        rf"is no whole \.safetensors file \(.+\); copy it again, or {SAVE}\.$",
    ),
    "another zip": (lambda folder: inside_zip(folder, "cat.jpg"), rf"is a zip, but no checkpoint; {SAVE}\.$"),
    "a packed zip": (
        lambda folder: inside_zip(folder, "a/data.pkl", bytes(10**6), zipfile.ZIP_DEFLATED),
        rf"is a compressed zip, which torch\.save never writes; {SAVE}\.$",
    ),
    "a damaged zip": (
        lambda folder: inside_zip(folder, "a/data.pkl"),
        rf"is damaged or no checkpoint.*copy it again, or {SAVE}\.$",
    ),
    "an exported program": (
        lambda folder: inside_zip(folder, "a/archive_format"),
        rf"is a torch\.export program, which can run any code when it is loaded; {SAVE}\. It is loaded only with --backbone torch-export --trust-code\.$",
    ),
    "numbers": (lambda folder: saved([1, 2], folder / "a.pth"), rf"holds no tensors by name; {SAVE}\.$"),
    "no tensors": (
        lambda folder: saved({"state_dict": {"a": 1}}, folder / "a.pth"),
        rf"holds no tensors by name; {SAVE}\.$",
    ),
    "a missing tensor": (
        lacking,
        rf"is no checkpoint of {NAME}: it lacks 1 of \d+ tensors \(conv1\.0\.weight\); give the --backbone it was trained with, or save the whole network where it was made: torch\.onnx\.export\(.*\)\.$",
    ),
    "a tensor too many": (
        lambda folder: changed(folder, extra=torch.zeros(2)),
        rf"is no checkpoint of {NAME}: it has 1 of \d+ tensors \(extra\) that {NAME} does not have; give the --backbone it was trained with, or save the whole network where it was made: torch\.onnx\.export\(.*\)\.$",
    ),
    "another network": (
        lambda folder: saved(network("squeezenet1_1").state_dict(), folder / "a.pth"),
        rf"is no checkpoint of {NAME}: it lacks \d+ of \d+ tensors \(.*, …\) and has 52 of 52 tensors \(.*, …\) that {NAME} does not have; it fits squeezenet1_1, so give --backbone squeezenet1_1\.$",
    ),
    "a wider network": (
        lambda folder: saved(network("shufflenet_v2_x1_0").state_dict(), folder / "a.pth"),
        rf"does not fit {NAME}: [\w.]+ is \([\d, ]+\), and {NAME} needs \([\d, ]+\); it fits shufflenet_v2_x1_0, so give --backbone shufflenet_v2_x1_0\.$",
    ),
    "a wrong shape": (
        lambda folder: changed(folder, conv1__0__weight=torch.zeros(24, 2, 3, 3)),
        rf"does not fit {NAME}: conv1\.0\.weight is \(24, 2, 3, 3\), and {NAME} needs \(24, 3, 3, 3\); give the --backbone it was trained with, or save the whole network where it was made: torch\.onnx\.export\(.*\)\.$",
    ),
    "a head of another shape": (
        lambda folder: changed(folder, fc__weight=torch.zeros(2, 7)),
        rf"does not fit {NAME}: fc\.weight is \(2, 7\), and {NAME} needs \(1000, 1024\); give the --backbone",
    ),
    "a head that claims a petabyte": (
        lambda folder: changed(folder, fc__weight=torch.zeros(1, 1).expand(10**12, 1024)),
        r"has 1,000,000,000,000 outputs in its last layer; 1 to 100,000 are allowed\.$",
    ),
    "a tensor that claims a petabyte": (
        lambda folder: changed(folder, conv1__0__weight=torch.zeros(1).expand(10**15)),
        rf"does not fit {NAME}: conv1\.0\.weight is \(1000000000000000,\), and {NAME} needs \(24, 3, 3, 3\); give the --backbone",
    ),
    "a pruned tensor that claims a petabyte": (
        lambda folder: changed(
            folder,
            conv1__0__weight_orig=torch.zeros(1).expand(10**15),
            conv1__0__weight_mask=torch.zeros(1).expand(10**15),
        ),
        rf"does not fit {NAME}: conv1\.0\.weight is not made of plain numbers",
    ),
    "NaN": (
        lambda folder: changed(folder, fc__weight=broken(float("nan"))),
        r"is broken: fc\.weight is not finite \(1 of its 2,048 numbers are NaN or infinite\); give a checkpoint from before the training failed\.$",
    ),
    "infinity": (
        lambda folder: changed(folder, fc__weight=broken(float("-inf"))),
        r"is broken: fc\.weight is not finite \(1 of its 2,048 numbers are NaN or infinite\); give a checkpoint from before the training failed\.$",
    ),
    "complex numbers": (
        lambda folder: changed(folder, fc__bias=torch.zeros(2, dtype=torch.complex64)),
        rf"does not fit {NAME}: fc\.bias is not made of plain numbers; save them as such: torch",
    ),
    "a sparse tensor": (
        lambda folder: changed(folder, fc__bias=torch.zeros(2).to_sparse()),
        rf"does not fit {NAME}: fc\.bias is not made of plain numbers; save them as such: torch",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_is_no_checkpoint_of_this_network_is_refused_in_a_sentence(case, tmp_path):
    make, says = REFUSED[case]
    with pytest.raises(ExplorerError, match=says) as refusal:
        loaded(make(tmp_path))
    assert "\n" not in str(refusal.value)
    assert not (tmp_path / "ran").exists()


def test_the_trap_would_have_worked_if_it_had_been_read_without_care(tmp_path):
    with plain_pickle(tmp_path).open("rb") as stream:
        pickle.load(stream)
    assert (tmp_path / "ran").exists()


def test_weights_that_make_no_numbers_of_pictures_are_refused(tmp_path):
    path = changed(tmp_path, conv5__1__running_var=-torch.ones(1024))
    with pytest.raises(
        ExplorerError,
        match=r"^The network makes NaN or infinite numbers of these pictures; its weights are broken, or --mean and --std",
    ):
        features(loaded(path))
