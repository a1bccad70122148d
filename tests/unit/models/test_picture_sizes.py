"""Transformers whose table of positions was made for pictures of another size: interpolated as their library does, and said."""

import json
from functools import partial
from importlib.util import find_spec

import numpy as np
import pytest
import torch

from explorer.core.errors import ExplorerError
from explorer.core.progress import silent
from explorer.models.backbones import Backbone, extract_features
from explorer.models.custom.spec import NetworkSpec
from explorer.models.libraries.networks import default_preparation, own_size
from explorer.models.libraries.timm_positions import made_for
from explorer.models.preparation.library_pixels import prepared_picture
from tests.support.hugging_face_folders import saved
from tests.support.networks import PICTURES

needs_timm = pytest.mark.skipif(find_spec("timm") is None, reason="the extra timm is not installed")
WORDS = "table of positions is interpolated"


def opened(name, path, **own):
    spec = NetworkSpec(str(path), **own)
    size = own_size(name, spec)
    way = spec.preparation.applied(lambda: 1 / 0, default_preparation(name, spec, size), spec.size, spec.mean, spec.std)
    body = Backbone(name, size, spec, preparation=way).load(silent)
    return way, body, extract_features(body, PICTURES, range(3), way)


def judged(found, network, size):
    """Compare the scores of the own last layer with those of the network as its own library calls it."""
    way, body, features = found
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (way.mean, way.std))
    images = torch.stack([(prepared_picture(PICTURES[row], way) - mean) / std for row in range(3)])
    assert images.shape[-2:] == (size, size)
    with torch.inference_mode():
        truth = network(images).numpy()
    weight, bias = body.head()
    np.testing.assert_allclose(features @ weight.T + bias, truth, rtol=0, atol=1e-5 * np.abs(truth).max())
    return body.notes


def timms(path, **options):
    import timm

    torch.manual_seed(0)
    net = timm.create_model("test_vit", num_classes=3, **options).eval()
    torch.save(net.state_dict(), path)
    return net


@needs_timm
@pytest.mark.parametrize("size", [64, 192])
def test_timms_table_of_positions_is_interpolated_for_other_pictures(size, tmp_path):
    net = timms(tmp_path / "a.pth", dynamic_img_size=True)
    assert judged(opened("timm/test_vit", tmp_path / "a.pth"), net, 160) == ()
    (note,) = judged(opened("timm/test_vit", tmp_path / "a.pth", size=size), net, size)
    assert note.startswith(f"Its weights were made for pictures of 160 px; for {size} px their {WORDS}")


@needs_timm
def test_weights_that_were_made_for_other_pictures_are_given_such(tmp_path):
    net = timms(tmp_path / "a.pth", img_size=96)
    assert judged(opened("timm/test_vit", tmp_path / "a.pth"), net, 96) == ()


@needs_timm
@pytest.mark.parametrize("size", [32, 64])
def test_patches_of_a_network_behind_convolutions_are_those_of_the_pixels(size, tmp_path):
    from timm.layers import HybridEmbed
    from timm.models.vision_transformer import VisionTransformer

    before = torch.nn.Conv2d(3, 8, 8, stride=8)
    net = VisionTransformer(size, num_classes=3, embed_dim=8, depth=1, num_heads=1, embed_layer=partial(HybridEmbed, backbone=before), patch_size=1)  # fmt: skip
    torch.save(net.state_dict(), tmp_path / "a.pth")
    assert made_for(net, str(tmp_path / "a.pth")) == size


@needs_timm
def test_sides_that_are_no_patches_are_refused_but_where_the_network_pads(tmp_path):
    import timm

    net = timms(tmp_path / "a.pth", dynamic_img_size=True, dynamic_img_pad=True)
    with pytest.raises(ExplorerError, match=r"multiples of 16 px, and 100 were asked for; give --size 96\.$"):
        opened("timm/test_vit", tmp_path / "a.pth", size=100)
    options = {"dynamic_img_size": True, "dynamic_img_pad": True}
    timm.models.save_for_hf(net, str(tmp_path / "folder"), model_args=options)
    judged(opened("timm/test_vit", tmp_path / "folder", size=100), net, 100)


@needs_timm
def test_a_network_that_cannot_interpolate_names_the_way(tmp_path):
    import timm

    net = timm.create_model("cait_xxs24_224", num_classes=3, depth=1, depth_token_only=1)
    torch.save(net.state_dict(), tmp_path / "a.pth")
    with pytest.raises(ExplorerError, match=r"give the --size that it was trained at"):
        opened("timm/cait_xxs24_224", tmp_path / "a.pth", size=160)


def test_a_classifier_of_clip_takes_pictures_of_another_size(tmp_path):
    net = saved("clip that classifies", tmp_path)

    def stretched(images):
        return net(pixel_values=images, interpolate_pos_encoding=True).logits

    (note,) = judged(opened("hugging-face", tmp_path, size=64), stretched, 64)
    assert WORDS in note


@pytest.mark.parametrize("given", ["asked", "processor"])
def test_hugging_faces_table_of_positions_is_interpolated_for_other_pictures(given, tmp_path):
    net = saved("vit", tmp_path)
    asked = {"size": 64} if given == "asked" else {}
    if given == "processor":
        processor = json.loads((tmp_path / "preprocessor_config.json").read_text())
        processor["size"] = {"height": 64, "width": 64}
        (tmp_path / "preprocessor_config.json").write_text(json.dumps(processor))

    def stretched(images):
        return net(pixel_values=images, interpolate_pos_encoding=True).logits

    (note,) = judged(opened("hugging-face", tmp_path, **asked), stretched, 64)
    assert note.startswith(f"It was made for pictures of 32 px; for 64 px its {WORDS}")


def test_a_network_of_hugging_face_without_such_a_table_says_nothing(tmp_path):
    net = saved("swin", tmp_path)
    assert judged(opened("hugging-face", tmp_path, size=64), lambda images: net(pixel_values=images).logits, 64) == ()
