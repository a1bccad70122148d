"""Settings that lie beside a file of a network are followed and said, whatever kind of file it is: open_clip's, and those of other libraries."""

import json
from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps
from safetensors.torch import save_file
from torch import nn

from explorer.core.errors import ExplorerError
from explorer.core.progress import silent
from explorer.core.torchvision_compat import torchvision
from explorer.models.backbones import Backbone
from explorer.models.custom import checkpoint
from explorer.models.custom.fitting.other_networks import other_network
from explorer.models.custom.fitting.weight_sets import weight_sets
from explorer.models.custom.spec import NetworkSpec
from explorer.models.libraries.beside import folder_notes
from explorer.models.libraries.networks import asked_preparation, default_preparation, own_size
from explorer.models.preparation.choice import PreparationChoice, follows, sized
from explorer.models.preparation.library_pixels import prepared_picture
from explorer.models.preparation.published import from_open_clip
from tests.support.hugging_face_folders import saved as saved_folder
from tests.support.onnx_files import BIAS, WEIGHT, averaged, tiny, written

functional = torchvision.transforms.functional
GEMM, NUMBERS = ("Gemm", ["h", "w", "c"], ["y"], {"transB": 1}), {"w": WEIGHT, "c": BIAS}
SETTINGS = {"mean": [0.1, 0.2, 0.3], "std": [0.4, 0.5, 0.6], "interpolation": "bilinear", "resize_mode": "squash"}


def clip(side=32, vision={}, **settings):
    return {"model_cfg": {"embed_dim": 8, "vision_cfg": {"image_size": side, **vision}}, "preprocess_cfg": settings}


def beside(folder, **settings):
    (folder / "open_clip_config.json").write_text(json.dumps(clip(**settings)))
    return folder


def way(word, path, **own):
    spec = NetworkSpec(str(path), **own)
    return default_preparation(word, spec, own_size(word, spec) or 224)


def by_open_clip(image, side, mode, interpolation):
    """The slow twin: what open_clip does to a picture before mean and deviation."""
    mode_of = getattr(functional.InterpolationMode, interpolation.upper())
    if mode == "squash":
        return functional.to_tensor(functional.resize(image, [side, side], mode_of).convert("RGB"))
    if mode == "shortest":
        scaled = functional.resize(image, side, mode_of)
        return functional.to_tensor(functional.center_crop(scaled, [side, side]).convert("RGB"))
    ratio = max(image.size) / side
    scaled = functional.resize(image, [round(each / ratio) for each in image.size[::-1]], mode_of)
    spare = [side - each for each in scaled.size]
    border = (spare[0] // 2, spare[1] // 2, (spare[0] + 1) // 2, (spare[1] + 1) // 2)
    return functional.to_tensor(ImageOps.expand(scaled, border, 0))


@pytest.mark.parametrize("mode", ["shortest", "squash", "longest"])
@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear"])
def test_open_clips_settings_make_the_pixels_that_open_clip_makes(mode, interpolation):
    found = from_open_clip(clip(33, resize_mode=mode, interpolation=interpolation))
    for size in ((57, 40), (41, 90), (33, 33), (20, 31)):
        pixels = np.random.default_rng(size[0]).integers(0, 256, (*size[::-1], 3), dtype=np.uint8)
        image = Image.fromarray(pixels)
        torch.testing.assert_close(prepared_picture(image, found), by_open_clip(image, 33, mode, interpolation))


def test_open_clip_takes_openais_numbers_where_nothing_is_said():
    found = from_open_clip({})
    assert (found.size, found.resize, found.interpolation) == ((224, 224), "shortest", "bicubic")
    assert (found.mean[0], found.std[2]) == (0.48145466, 0.27577711)
    assert (found.orientation, found.background) == ("as-stored", "dropped")
    oblong = from_open_clip({"preprocess_cfg": {"size": [64, 48], "interpolation": "bilinear"}})
    assert (oblong.size, oblong.interpolation) == ((48, 64), "bicubic")


@pytest.mark.parametrize(
    "settings",
    [
        {"resize_mode": "fit"},
        {"interpolation": ["bicubic"]},
        {"mode": "L"},
        {"resize_mode": "longest", "fill_color": 128},
        {"side": "large"},
        {"side": [224, 224, 3]},
        {"mean": [0.1, 0.2]},
    ],
)
def test_settings_of_open_clip_that_cannot_be_followed_are_said(settings, tmp_path):
    path = written(beside(tmp_path, **settings) / "n.onnx", averaged(GEMM), NUMBERS)
    assert way("onnx", path).mean == (0.485, 0.456, 0.406)
    (note,) = Backbone("onnx", 32, NetworkSpec(str(path))).load(silent).notes
    assert note.startswith("A processor lies beside it that was not followed: ")


def program(path, net=None):
    traced = torch.jit.trace(net or tiny(), torch.rand(2, 3, 32, 32))
    traced.save(str(path))
    return path


FILES = {
    "onnx": lambda folder: written(folder / "n.onnx", averaged(GEMM), NUMBERS),
    "torchscript": lambda folder: program(folder / "n.pt"),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_file_beside_open_clips_settings_is_given_pictures_by_them(kind, tmp_path):
    path = FILES[kind](beside(tmp_path, **SETTINGS))
    found = way(kind, path, trust_code=True)
    assert (found.size, found.resize, found.interpolation) == ((32, 32), "squeeze", "bilinear")
    assert (found.mean, found.std) == ((0.1, 0.2, 0.3), (0.4, 0.5, 0.6))
    assert way(kind, path, trust_code=True, size=48 if kind == "torchscript" else 32).resize == "squeeze"
    spec = NetworkSpec(str(path), trust_code=True, preparation=PreparationChoice("network"))
    assert asked_preparation(kind, spec, 32) == found
    (note,) = Backbone(kind, 32, spec, preparation=found).load(silent).notes
    assert note.startswith(
        "Its pictures are prepared as the folder that it lies in says: not turned, as stored; squeezed"
    )


def test_a_network_of_open_clip_for_another_size_is_told_how_to_be_made_for_it(tmp_path):
    path = FILES["onnx"](beside(tmp_path, **SETTINGS))
    with pytest.raises(ExplorerError, match=r"save the network for that size, made by open_clip\.create_model\('local-dir:FOLDER', force_image_size=48\)\.$"):  # fmt: skip
        way("onnx", path, size=48)


def test_a_program_beside_a_processor_is_given_pictures_and_names_by_it(tmp_path):
    path = program(tmp_path / "n.pt")
    assert way("torchscript", path, trust_code=True).is_usual
    own = {"image_processor_type": "ViTImageProcessor", "size": 32, "image_mean": [0.1] * 3}
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(own))
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "vit", "id2label": {"0": "dog", "1": "cat"}}))
    found = way("torchscript", path, trust_code=True)
    assert (found.mean, found.size) == ((0.1,) * 3, (32, 32))
    spec = NetworkSpec(str(path), trust_code=True)
    assert Backbone("torchscript", 32, spec, preparation=found).load(silent).classes == ("dog", "cat")


def test_a_program_beside_the_settings_of_its_training_is_given_pictures_as_usual(tmp_path):
    path = program(tmp_path / "n.pt")
    (tmp_path / "config.json").write_text(json.dumps({"architecture": "resnet18", "epochs": 10, "input_size": 32}))
    assert way("torchscript", path, trust_code=True).is_usual
    assert folder_notes(str(path)) == ()


class Normalising(nn.Module):
    """A network that normalises its pictures itself."""

    def __init__(self):
        super().__init__()
        self.net = tiny()

    def forward(self, images):
        return self.net((images - 0.5) / 0.25)


def test_pictures_that_are_normalised_twice_are_said_to_be(tmp_path):
    numbers = NUMBERS | {"m": np.full((3, 1, 1), 127, np.float32)}
    nodes = [("Sub", ["x", "m"], ["z"], {}), ("GlobalAveragePool", ["z"], ["p"], {}), ("Flatten", ["p"], ["h"], {})]
    path = written(tmp_path / "n.onnx", [*nodes, GEMM], numbers)
    assert Backbone("onnx", 32, NetworkSpec(str(path))).load(silent).notes == ()
    beside(tmp_path, **SETTINGS)
    said = Backbone("onnx", 32, NetworkSpec(str(path))).load(silent).notes
    assert said[1].endswith("they are normalised twice: add --white 255 --mean 0 --std 1.")
    beside(tmp_path, mean=0, std=1)
    assert len(Backbone("onnx", 32, NetworkSpec(str(path))).load(silent).notes) == 1
    beside(tmp_path, **SETTINGS)
    found = way("onnx", path)
    assert Backbone("onnx", 32, NetworkSpec(str(path)), preparation=found).load(silent).notes == said
    mended = replace(found, mean=(0.0,) * 3, std=(1.0,) * 3, white=255)
    assert Backbone("onnx", 32, NetworkSpec(str(path)), preparation=mended).load(silent).notes == ()


@pytest.mark.parametrize(("settings", "twice"), [(SETTINGS, True), ({"mean": 0, "std": 1}, False)])
def test_a_program_that_normalises_itself_is_judged_by_the_settings_beside_it(settings, twice, tmp_path):
    spec = NetworkSpec(str(program(beside(tmp_path, **settings) / "n.pt", Normalising().eval())), trust_code=True)
    notes = (
        Backbone("torchscript", 32, spec, preparation=default_preparation("torchscript", spec, 32)).load(silent).notes
    )
    assert any("normalises its pictures itself" in note for note in notes) == twice


def test_weights_of_open_clip_are_refused_with_the_way_that_keeps_their_settings(tmp_path):
    state = {"visual.transformer.resblocks.0.mlp.c_fc.weight": torch.ones(2, 2)}
    said = other_network(weight_sets(state))
    assert said.endswith(
        "give that file, beside its open_clip_config.json or with the --mean and --std of its preprocessing"
    )
    save_file(state, beside(tmp_path) / "open_clip_model.safetensors")
    with pytest.raises(
        ExplorerError, match=r"is a network of open_clip; save the part that sees pictures beside its"
    ) as refused:
        checkpoint.opened(str(tmp_path))
    assert "open_clip.create_model('local-dir:FOLDER')" in str(refused.value)


@pytest.mark.skipif(find_spec("timm") is None, reason="the extra timm is not installed")
def test_timms_part_of_an_open_clip_network_is_given_pictures_by_its_settings(tmp_path):
    import timm

    net = timm.create_model("test_vit", num_classes=0)
    state = {f"visual.trunk.{name}": value for name, value in net.state_dict().items()}
    state |= {"logit_scale": torch.ones(()), "text.token_embedding.weight": torch.ones(4, 4)}
    save_file(state, beside(tmp_path, side=160, **SETTINGS) / "open_clip_model.safetensors")
    path = tmp_path / "open_clip_model.safetensors"
    found = way("timm/test_vit", path)
    assert (found.mean, found.resize, found.size) == ((0.1, 0.2, 0.3), "squeeze", (160, 160))
    notes = Backbone("timm/test_vit", 160, NetworkSpec(str(path)), preparation=found).load(silent).notes
    assert notes[-1].startswith("Its pictures are prepared as the folder that it lies in says:")
    named = {"architecture": "test_vit", "label_names": ["dog", "cat"], "pretrained_cfg": {"mean": [0.7] * 3}}
    (tmp_path / "config.json").write_text(json.dumps(named))
    assert way("timm/test_vit", path).mean == (0.7,) * 3
    (tmp_path / "config.json").write_text(json.dumps(named | {"architecture": "resnet18"}))
    assert way("timm/test_vit", path).mean == (0.1, 0.2, 0.3)


def test_a_folder_of_hugging_face_without_a_processor_takes_open_clips_settings(tmp_path):
    pytest.importorskip("transformers")
    saved_folder("clip", tmp_path, prepared=None)
    assert way("hugging-face", tmp_path).resize == "shortest"
    beside(tmp_path, **SETTINGS)
    found = way("hugging-face", tmp_path)
    assert found.resize == "squeeze"
    notes = Backbone("hugging-face", 32, NetworkSpec(str(tmp_path)), preparation=found).load(silent).notes
    assert "so its pictures are prepared as open_clip_config.json in it says." in notes[-1]


@pytest.mark.skipif(find_spec("timm") is None, reason="the extra timm is not installed")
def test_weights_of_timm_beside_settings_that_are_not_followed_are_given_pictures_as_usual(tmp_path):
    import timm

    path = tmp_path / "best.pth"
    torch.save(timm.create_model("test_vit", num_classes=2).state_dict(), path)
    plain = way("timm/test_vit", path)
    beside(tmp_path, resize_mode="fit")
    found = way("timm/test_vit", path)
    assert found == plain
    (note,) = Backbone("timm/test_vit", 160, NetworkSpec(str(path)), preparation=found).load(silent).notes
    assert note.startswith("A processor lies beside it that was not followed: open_clip_config.json has resize_mode")


def test_a_folder_of_hugging_face_with_settings_that_are_not_followed_is_given_pictures_as_usual(tmp_path):
    pytest.importorskip("transformers")
    saved_folder("clip", tmp_path, prepared=None)
    plain = way("hugging-face", tmp_path)
    beside(tmp_path, resize_mode="fit")
    found = way("hugging-face", tmp_path)
    assert found == plain
    notes = Backbone("hugging-face", 32, NetworkSpec(str(tmp_path)), preparation=found).load(silent).notes
    assert "open_clip_config.json in it was not followed: open_clip_config.json has resize_mode 'fit'" in notes[-1]


@pytest.mark.parametrize("kind", FILES)
def test_settings_beside_a_file_are_said_only_where_its_pictures_are_prepared_by_them(kind, tmp_path):
    path = FILES[kind](beside(tmp_path, **SETTINGS))
    spec, found = NetworkSpec(str(path), trust_code=True), way(kind, path, trust_code=True)
    other = replace(found, mean=(0.5,) * 3)
    assert len(Backbone(kind, 32, spec, preparation=found).load(silent).notes) == 1
    assert follows(sized(found, 48), found)
    assert follows(replace(found, range="unit"), replace(found, range=""))
    assert Backbone(kind, 32, spec, preparation=other).load(silent).notes == ()
