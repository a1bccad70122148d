"""Folders of Hugging Face, written by transformers itself with random weights."""

import json
from functools import cache

import numpy as np
import pytest
import torch

from explorer.core.progress import silent
from explorer.core.torchvision_compat import torchvision
from explorer.models.backbones import Backbone, extract_features
from explorer.models.custom.spec import NetworkSpec
from explorer.models.libraries.networks import default_preparation, own_size
from tests.support.networks import PICTURES

assert torchvision

SMALL = {"num_hidden_layers": 1, "num_attention_heads": 2, "hidden_size": 16, "image_size": 32, "patch_size": 16}
NAMES = {"id2label": {0: "cat", 1: "dog"}, "label2id": {"cat": 0, "dog": 1}}
SQUEEZED = {"image_processor_type": "ViTImageProcessor", "do_resize": True, "size": {"height": 32, "width": 32}, "resample": 2, "do_normalize": True, "do_rescale": True, "rescale_factor": 1 / 255}  # fmt: skip
SQUEEZED |= {"image_mean": [0.5, 0.4, 0.3], "image_std": [0.2, 0.3, 0.4]}


@cache
def transformers():
    """The library, which takes a second to load."""
    library = pytest.importorskip("transformers")
    library.utils.logging.disable_progress_bar()
    return library


def configured(kind):
    t = transformers()
    return {
        "resnet": lambda: t.ResNetForImageClassification(t.ResNetConfig(depths=[1, 1], layer_type="basic", embedding_size=8, hidden_sizes=[8, 16], **NAMES)),
        "vit": lambda: t.ViTForImageClassification(t.ViTConfig(intermediate_size=16, **SMALL, **NAMES)),
        "convnext": lambda: t.ConvNextForImageClassification(t.ConvNextConfig(depths=[1, 1], hidden_sizes=[8, 16], num_stages=2, **NAMES)),
        "swin": lambda: t.SwinForImageClassification(t.SwinConfig(image_size=32, patch_size=4, embed_dim=8, depths=[1, 1], num_heads=[2, 2], window_size=4, **NAMES)),
        "dinov2 that classifies": lambda: t.Dinov2ForImageClassification(t.Dinov2Config(mlp_ratio=1, **SMALL, **NAMES)),
        "dinov2": lambda: t.Dinov2Model(t.Dinov2Config(mlp_ratio=1, **SMALL)),
        "two last layers": lambda: t.DeiTForImageClassificationWithTeacher(t.DeiTConfig(intermediate_size=16, **SMALL, **NAMES)),
        "two last layers behind norms": lambda: t.LevitForImageClassificationWithTeacher(t.LevitConfig(image_size=32, patch_size=16, hidden_sizes=[8, 8, 8], num_attention_heads=[1, 1, 1], key_dim=[4, 4, 4], depths=[1, 1, 1], **NAMES)),
        "two last layers of one pool": lambda: t.SwiftFormerForImageClassification(t.SwiftFormerConfig(embed_dims=[8, 8, 8, 8], depths=[1, 1, 1, 1], **NAMES)),
        "clip": lambda: t.CLIPModel(t.CLIPConfig(text_config={"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8, "vocab_size": 20, "bos_token_id": 1, "eos_token_id": 2}, vision_config={"intermediate_size": 16, **SMALL}, projection_dim=8)),
        "clip that classifies": lambda: t.CLIPForImageClassification(t.CLIPConfig(vision_config={"intermediate_size": 16, **SMALL}, text_config={"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8, "vocab_size": 20}, **NAMES)),
        "clip's vision part": lambda: t.CLIPVisionModel(t.CLIPVisionConfig(intermediate_size=16, **SMALL)),
        "without pooling": lambda: t.ViTModel(t.ViTConfig(intermediate_size=16, **SMALL), add_pooling_layer=False),
    }[kind]()  # fmt: skip


def saved(kind, folder, prepared=SQUEEZED):
    torch.manual_seed(0)
    net = configured(kind).eval()
    net.save_pretrained(folder)
    if prepared:
        (folder / "preprocessor_config.json").write_text(json.dumps(prepared))
    return net


def opened(path, **own):
    spec = NetworkSpec(str(path), **own)
    size = own_size("hugging-face", spec)
    backbone = Backbone("hugging-face", size, spec, preparation=default_preparation("hugging-face", spec, size))
    return backbone, backbone.load(silent)


def by_hand(net, heard):
    """The slow twin: pictures squeezed by torch in whole values, and what a part of the network is heard to say."""
    stored = torch.from_numpy(np.stack([np.asarray(PICTURES[row]) for row in range(3)])).permute(0, 3, 1, 2)
    pixels = torch.nn.functional.interpolate(stored.contiguous(), (32, 32), mode="bilinear", antialias=True) / 255
    mean, std = (torch.tensor(SQUEEZED[name]).view(3, 1, 1) for name in ("image_mean", "image_std"))
    with torch.inference_mode():
        return heard(net, (pixels - mean) / std)


def changed(folder, **settings):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | settings))


def same(first, second):
    body, way = second[1], second[0].preparation
    np.testing.assert_allclose(extract_features(body, PICTURES, range(3), way), first, rtol=0, atol=2e-3)
