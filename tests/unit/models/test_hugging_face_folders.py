"""Folders of Hugging Face as people have them: what they are given as, adapters, and what lies where weights should."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from explorer.core.errors import ExplorerError
from explorer.core.progress import silent
from explorer.models.backbones import Backbone, extract_features
from explorer.models.custom import checkpoint
from explorer.models.custom.spec import NetworkSpec
from explorer.models.network_names import check_network
from tests.support.hugging_face_folders import (
    SMALL,
    SQUEEZED,
    by_hand,
    changed,
    opened,
    same,
    saved,
    transformers,
)
from tests.support.networks import PICTURES


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "model"


def extracted(folder, pictures=PICTURES):
    backbone, body = opened(folder)
    return extract_features(body, pictures, range(3), backbone.preparation)


# Features of networks without a first place for the whole picture, and of those that hide parts by chance


def test_features_are_the_mean_where_no_place_stands_for_the_whole(folder):
    torch.manual_seed(0)
    net = transformers().IJepaModel(transformers().IJepaConfig(intermediate_size=16, **SMALL)).eval()
    net.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(SQUEEZED))
    truth = by_hand(net, lambda net, images: net(pixel_values=images).last_hidden_state.mean(1).numpy())
    np.testing.assert_allclose(extracted(folder), truth, rtol=0, atol=2e-5 * np.abs(truth).max())


def test_a_network_that_hides_parts_by_chance_is_refused(folder):
    transformers().ViTMAEModel(transformers().ViTMAEConfig(intermediate_size=16, **SMALL)).save_pretrained(folder)
    with pytest.raises(ExplorerError, match="other features each time, for it hides parts of pictures by chance"):
        opened(folder)


# Folders as people have them


def test_names_that_wrappers_of_training_made_longer_are_read(folder):
    net = saved("vit", folder)
    first = opened(folder)
    features = extract_features(first[1], PICTURES, range(3), first[0].preparation)
    (folder / "model.safetensors").unlink()
    torch.save({f"module.{name}": value for name, value in net.state_dict().items()}, folder / "pytorch_model.bin")
    same(features, opened(folder))


def test_adapters_and_other_colours_are_refused_with_the_way(folder):
    saved("vit", folder)
    changed(folder, num_channels=1)
    with pytest.raises(ExplorerError, match=r"takes pictures with 1 colour channels.*weight\.repeat\(1, 3, 1, 1\) / 3"):
        opened(folder)
    changed(folder, num_channels=3)
    (folder / "adapter_config.json").write_text("{}")
    with pytest.raises(ExplorerError, match=r"holds an adapter beside the network.*merge_and_unload\(\)"):
        opened(folder)
    (folder / "adapter_config.json").unlink()
    weights = {f"base_model.model.{name}": value for name, value in load_file(folder / "model.safetensors").items()}
    save_file(weights | {"base_model.model.lora_A.weight": torch.ones(2, 2)}, folder / "model.safetensors")
    with pytest.raises(ExplorerError, match=r"it holds what was added to a network.*merge_and_unload\(\)"):
        opened(folder)


OTHER_FILES = {
    "onnx/model.onnx": r"it holds an ONNX file: give --checkpoint .*onnx/model\.onnx\.$",
    "model.fp16.safetensors": r"copy model\.fp16\.safetensors to model\.safetensors beside it\.$",
    "tf_model.h5": r"tf_model\.h5 is of another library; turn it .*from_tf=True",
    "model-00001-of-00002.safetensors": r"holds parts of them, but not their list, model\.safetensors\.index\.json",
}


@pytest.mark.parametrize("name", OTHER_FILES)
def test_what_stands_in_for_the_weights_is_named(name, folder):
    saved("vit", folder)
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / "model.safetensors").rename(folder / name)
    with pytest.raises(ExplorerError, match=OTHER_FILES[name]):
        opened(folder)


def test_the_folder_that_was_meant_is_named(folder, tmp_path):
    for given, inside, way in (
        ("trained", "checkpoint-500/config.json", "give the folder of the network in it: checkpoint-500"),
        ("models--me--vit", "snapshots/0a1b/config.json", "Hugging Face's cache of a network; give the folder in it: snapshots/0a1b"),
        ("adapter", "adapter_config.json", r"is an adapter \(LoRA\)"),
    ):  # fmt: skip
        file = tmp_path / given / inside
        file.parent.mkdir(parents=True)
        file.write_text("{}")
        (tmp_path / given / "refs").mkdir()
        with pytest.raises(ExplorerError, match=way):
            checkpoint.opened(str(tmp_path / given))


def test_names_at_hugging_face_are_told_how_to_fetch_them(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for given in ("google/vit", str(tmp_path / "google/vit")):
        with pytest.raises(ExplorerError, match="fetch it first: hf download google/vit --local-dir FOLDER"):
            checkpoint.opened(given)
    with pytest.raises(ExplorerError, match="give a state dict"):
        checkpoint.opened("runs/best.pth")
    with pytest.raises(ExplorerError, match=r"hf download timm/resnet18\.a1_in1k .*--backbone timm/resnet18\.a1_in1k"):
        check_network("hf-hub:timm/resnet18.a1_in1k", NetworkSpec())


def test_what_an_optimiser_keeps_is_told_from_weights(tmp_path):
    torch.save(torch.optim.Adam([torch.nn.Parameter(torch.ones(2, 2))]).state_dict(), tmp_path / "optimizer.pt")
    with pytest.raises(ExplorerError, match="holds what an optimiser keeps, not weights"):
        _ = Backbone("resnet18", 64, NetworkSpec(str(tmp_path / "optimizer.pt"))).load(silent)
