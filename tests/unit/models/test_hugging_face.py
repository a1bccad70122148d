"""Folders of Hugging Face as networks: written by transformers itself with random weights, read from disk without its code."""

import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from explorer.core.checksums import canonical, digest
from explorer.core.errors import ExplorerError
from explorer.models.backbones import extract_features
from explorer.models.custom import checkpoint
from explorer.models.custom.spec import NetworkSpec
from explorer.models.libraries.hugging_face.network import HuggingFaceFeatures, _check_steady, digest_of
from explorer.models.libraries.last_layers import last_layer
from explorer.models.network_names import check_network, stated_by
from explorer.models.preparation.preparation import Preparation
from explorer.runs.build.request import Config
from tests.support.hugging_face_folders import (
    SQUEEZED,
    by_hand,
    changed,
    opened,
    same,
    saved,
)
from tests.support.networks import PICTURES


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "model"


def read_by(*parts):
    """What goes into parts of a network, side by side, and the scores."""

    def heard(net, images):
        seen = []
        hear = lambda _, inputs: seen.append(inputs[0])  # noqa: E731  # the network calls its parts in this order
        handles = [part(net).register_forward_pre_hook(hear) for part in parts]
        scores = net(pixel_values=images).logits
        for handle in handles:
            handle.remove()
        return torch.cat(seen, dim=1).numpy(), scores.numpy()

    return heard


def pooled(net, images):
    return net(pixel_values=images).pooler_output.numpy(), None


HEARD = {
    "resnet": read_by(lambda net: net.classifier[1]),
    "vit": read_by(lambda net: net.classifier),
    "convnext": read_by(lambda net: net.classifier),
    "swin": read_by(lambda net: net.classifier),
    "dinov2 that classifies": read_by(lambda net: net.classifier),
    "two last layers": read_by(lambda net: net.cls_classifier, lambda net: net.distillation_classifier),
    "two last layers behind norms": read_by(
        lambda net: net.classifier.linear, lambda net: net.classifier_distill.linear
    ),
    "two last layers of one pool": read_by(lambda net: net.head, lambda net: net.dist_head),
    "dinov2": pooled,
    "clip's vision part": pooled,
    "clip": lambda net, images: (net.vision_model(pixel_values=images).pooler_output.numpy(), None),
    "without pooling": lambda net, images: (net(pixel_values=images).last_hidden_state[:, 0].numpy(), None),
}


@pytest.mark.parametrize("kind", HEARD)
def test_features_are_what_the_classifier_reads_or_the_pooled_output(kind, folder):
    net = saved(kind, folder)
    features, scores = by_hand(net, HEARD[kind])
    backbone, body = opened(folder)
    found = extract_features(body, PICTURES, range(3), backbone.preparation)
    np.testing.assert_allclose(found, features, rtol=0, atol=2e-5 * np.abs(features).max())
    if scores is None:
        assert body.head() is None
    else:
        weight, bias = body.head()
        np.testing.assert_allclose(found @ weight.T + bias, scores, rtol=0, atol=1e-4 * np.abs(scores).max())
        assert body.classes == ("cat", "dog")
    assert body.notes == ()
    assert Preparation.of_recipe(backbone.recipe) == backbone.preparation


FORMS = {
    "half precision": lambda net, folder: net.half().save_pretrained(folder),
    "several files": lambda net, folder: net.save_pretrained(folder, max_shard_size="8KB"),
    "pickle": lambda net, folder: torch.save(net.state_dict(), folder / "pytorch_model.bin"),
}


@pytest.mark.parametrize("form", FORMS)
def test_weights_in_each_form_give_the_same(form, folder):
    net = saved("vit", folder)
    first = opened(folder)
    features = extract_features(first[1], PICTURES, range(3), first[0].preparation)
    (folder / "model.safetensors").unlink()
    FORMS[form](net, folder)
    same(features, opened(folder))


def test_the_folder_may_be_given_by_a_file_in_it_and_needs_no_word(folder):
    saved("vit", folder)
    for given in (folder, folder / "model.safetensors", folder / "config.json"):
        assert Config(own=NetworkSpec(str(given))).recognised().backbone == "hugging-face"
    with pytest.raises(
        ExplorerError, match=r"is of Hugging Face and brings its own architecture, so resnet18 is not needed"
    ):
        check_network("resnet18", NetworkSpec(str(folder)))


@pytest.mark.parametrize(("kind", "mean"), [("vit", 0.5), ("clip", 0.48145466), ("swin", 0.485)])
def test_without_settings_of_the_pictures_it_is_said_how_they_are_given(kind, mean, folder):
    saved(kind, folder, None)
    backbone, body = opened(folder)
    assert backbone.preparation.mean[0] == mean
    assert backbone.preparation.size == (32, 32)
    assert body.notes[0].startswith(
        "The folder has no preprocessor_config.json, so it is not known how its pictures were prepared"
    )


def test_settings_of_a_whole_processor_are_found(folder):
    saved("clip", folder, None)
    (folder / "processor_config.json").write_text(
        json.dumps({"image_processor": SQUEEZED, "processor_class": "CLIPProcessor"})
    )
    assert opened(folder)[0].preparation.mean == (0.5, 0.4, 0.3)


REFUSED = {
    "a network of text": ({"model_type": "bert", "architectures": ["BertModel"]}, r"holds BertModel \(bert\), which is no classifier of pictures in the installed transformers.*save the part that takes pictures: torch\.onnx\.export"),
    "a kind that nobody knows": ({"model_type": "mine", "architectures": ["Mine"]}, r"holds Mine \(mine\), which is no classifier of pictures"),
    "patches in place of pictures": ({"model_type": "siglip2"}, r"is of siglip2, which is given points or patches of pictures and no pictures; save it with what makes them: torch\.onnx\.export"),
    "patches, saved from the part that sees them": ({"model_type": "siglip2_vision_model", "architectures": ["Siglip2VisionModel"]}, r"is of siglip2_vision_model, which is given points or patches of pictures"),
    "quantised": ({"quantization_config": {"load_in_8bit": True}}, r"holds weights of whole numbers \(quantised\), which is not read"),
    "other weights": ({"hidden_size": 24}, r"do not fit ViTForImageClassification \(.*\); give the folder as save_pretrained wrote it"),
    "far larger": ({"hidden_size": 512, "intermediate_size": 8192}, r"describes a network of [\d,]+ numbers, and its weights are fewer than half"),
    "endless": ({"num_hidden_layers": 10**6}, r"has num_hidden_layers = 1,000,000; no network is as large"),
    "wrong settings": ({"hidden_size": "many"}, r"config\.json cannot be used|do not fit"),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_not_read_is_told_in_a_sentence(kind, folder):
    saved("vit", folder)
    settings, message = REFUSED[kind]
    changed(folder, **settings)
    with pytest.raises(ExplorerError, match=message):
        opened(folder)


class Masked(torch.nn.Module):
    """A network that is given more than pictures."""

    def forward(self, pixel_values, mask):
        return pixel_values * mask


def test_a_network_that_needs_more_than_pictures_is_told_in_a_sentence(folder):
    with pytest.raises(
        ExplorerError, match=r"is given more than pictures \(.*'mask'\); save it with what makes the rest"
    ):
        _check_steady(folder, HuggingFaceFeatures(Masked(), (), True), (32, 32))


class Unreached(torch.nn.Module):
    """A network one of whose last layers is never called."""

    def __init__(self):
        super().__init__()
        self.first, self.second = torch.nn.Linear(3, 2), torch.nn.Linear(3, 2)

    def forward(self, pixel_values):
        return SimpleNamespace(logits=self.first(pixel_values.mean(dim=(2, 3))))


@pytest.mark.parametrize("turned", [False, True])
def test_a_last_layer_that_is_not_called_leaves_the_one_that_is(turned):
    net = Unreached()
    lasts = (net.second, net.first) if turned else (net.first, net.second)
    features, pixels = HuggingFaceFeatures(net, lasts, True), torch.rand(2, 3, 4, 4)
    torch.testing.assert_close(features(pixels), pixels.mean(dim=(2, 3)))
    assert last_layer(lasts, features(pixels), net(pixels).logits) is None
    with pytest.raises(RuntimeError, match="none of its last layers"):
        HuggingFaceFeatures(net, (net.second,), True)(pixels)


def test_features_of_two_last_layers_are_known_by_that(folder):
    saved("vit", folder)
    changed(folder, architectures=None)
    files = [checkpoint.digest_of(str(folder / name)) for name in ("config.json", "model.safetensors")]
    assert digest_of(str(folder)) == digest(canonical(files))
    changed(folder, architectures=["DeiTForImageClassificationWithTeacher"])
    files[0] = checkpoint.digest_of(str(folder / "config.json"))
    assert digest_of(str(folder)) != digest(canonical(files))
    assert digest_of(str(folder), "vit.layernorm") == digest(canonical(files))


def test_widths_of_stages_are_no_numbers_of_layers(folder):
    saved("resnet", folder)
    changed(folder, stage_out_channels=[256, 2048], id2label={"0": "cat", "1": "dog"})
    assert opened(folder)[1].head() is not None


def test_code_of_the_folder_is_never_run(folder):
    saved("vit", folder)
    (folder / "mine.py").write_text(
        f"import pathlib; pathlib.Path({str(folder / 'ran')!r}).touch()\nMine = Config = None\n"
    )
    changed(
        folder,
        auto_map={"AutoConfig": "mine.Config", "AutoModelForImageClassification": "mine.Mine"},
        _attn_implementation="someone/kernels",
    )
    assert opened(folder)[1].head() is not None
    assert not (folder / "ran").exists()


def test_a_list_of_files_that_leads_outside_is_not_followed(folder, tmp_path):
    saved("vit", folder)
    shutil.move(folder / "model.safetensors", tmp_path / "away.safetensors")
    names = dict.fromkeys(load_file(tmp_path / "away.safetensors"), "../away.safetensors")
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": names}))
    with pytest.raises(ExplorerError, match=r"'\.\./away\.safetensors', which does not lie in its folder"):
        opened(folder)


def test_a_folder_without_weights_or_with_broken_ones_is_told(folder):
    saved("vit", folder)
    weights = load_file(folder / "model.safetensors")
    save_file(weights | {"classifier.bias": torch.full((2,), float("nan"))}, folder / "model.safetensors")
    with pytest.raises(ExplorerError, match="is broken: its weights hold NaN"):
        opened(folder)
    (folder / "model.safetensors").unlink()
    with pytest.raises(
        ExplorerError, match=r"has a config\.json, but no weights \(model\.safetensors or pytorch_model\.bin\)"
    ):
        opened(folder)
    (folder / "config.json").write_text("{")
    assert stated_by(str(folder)) == ""
