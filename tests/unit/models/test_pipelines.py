"""A person's own network in their library's documented pipeline, and in the program: the same scores on pictures as people have them."""

import io
import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from explorer.core.errors import ExplorerError
from explorer.core.torchvision_compat import torchvision
from explorer.datasets.decoding import Decoding
from explorer.datasets.picture import read_picture
from explorer.models.custom.spec import NetworkSpec
from explorer.models.libraries.networks import asked_preparation
from explorer.models.preparation.choice import PreparationChoice
from explorer.models.preparation.image_processors import KINDS, from_transformers
from explorer.models.preparation.library_pixels import prepared_picture
from explorer.models.preparation.preparation import Preparation, sentences
from tests.support.onnx_files import exported, tiny
from tools.peer_networks import Peer, in_onnx, of_timm, of_torchvision, of_transformers
from tools.peer_pictures import written
from tools.pipelines import checkpoint, differences

RNG = np.random.default_rng(0)
ASKED = NetworkSpec(preparation=PreparationChoice("torchvision"))


@pytest.fixture(scope="module")
def transformers():
    found = pytest.importorskip("transformers")
    found.utils.logging.disable_progress_bar()
    return found


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return written(tmp_path_factory.mktemp("pictures"), None, 12, 14, side=90)


def of_transformers_small():
    import transformers as t

    names = {"id2label": {0: "cat", 1: "dog"}, "label2id": {"cat": 0, "dog": 1}}
    config = t.ResNetConfig(depths=[1, 1], layer_type="basic", embedding_size=8, hidden_sizes=[8, 16], **names)
    processor = t.ConvNextImageProcessor(size={"shortest_edge": 48}, crop_pct=0.9, do_convert_rgb=True)
    return of_transformers("resnet", t.ResNetForImageClassification(config), processor)


def small_of_torchvision():
    prepare = torchvision.transforms._presets.ImageClassification(crop_size=64, resize_size=73)
    return replace(of_torchvision("shufflenet_v2_x0_5", size=64), prepare=lambda _: prepare)


def small_in_onnx():
    net = tiny()
    prepare = torchvision.transforms._presets.ImageClassification(crop_size=48, resize_size=54)
    peer = Peer("tiny", "torchvision", net, net[-1], lambda _: prepare, lambda *_: None, "")
    return in_onnx(peer, 48, preparation="torchvision", crop=48 / 54)


MADE = {
    "torchvision": small_of_torchvision,
    "timm": lambda: of_timm("test_resnet.r160_in1k"),
    "transformers": of_transformers_small,
    "onnx": small_in_onnx,
}


@pytest.mark.parametrize("library", MADE)
def test_scores_are_those_of_the_librarys_own_pipeline(library, data, tmp_path):
    pytest.importorskip("torchvision" if library == "onnx" else library)
    torch.manual_seed(0)
    peer = MADE[library]()
    found = differences(peer, *checkpoint(peer, data, tmp_path))
    assert found["largest"] <= 1e-3, found
    assert found["differing"] == 0
    assert found["turned the other way"]["pictures"] == 6
    assert found["turned the other way"]["largest"] <= 1e-3
    assert min(found["predicted"]) > 0  # a network that always says the same would prove nothing


def test_the_comparison_notices_another_preparation(data, tmp_path):
    torch.manual_seed(0)
    peer = small_in_onnx()
    planned, prepare = checkpoint(peer, data, tmp_path)
    way = replace(planned.config.own.preparation, base="")
    usual = replace(planned.config, own=replace(planned.config.own, preparation=way))
    assert differences(peer, replace(planned, config=usual), prepare)["largest"] > 3e-3


# Image processors of transformers

SHAPES = [(97, 64), (40, 71), (300, 228)]
PICTURES = [Image.fromarray(RNG.integers(0, 256, (h, w, 3), dtype=np.uint8)) for w, h in SHAPES]
# As folders have them: the defaults of each kind, and settings of before that lack names.
SETTINGS = {kind: {"image_processor_type": kind} for kind in KINDS} | {
    "EfficientNet with offset": {"image_processor_type": "EfficientNetImageProcessor", "rescale_factor": 1 / 127.5, "rescale_offset": True, "include_top": False},
    "LeViT of before": {"feature_extractor_type": "LevitFeatureExtractor", "size": 48, "do_center_crop": True, "crop_size": 48},
    "PoolFormer, square": {"image_processor_type": "PoolFormerImageProcessor", "size": {"height": 48, "width": 48}, "crop_pct": 0.95, "crop_size": 45},
    "MobileViT of before": {"feature_extractor_type": "MobileViTFeatureExtractor", "size": 48, "crop_size": 40, "do_flip_channel_order": False, "do_normalize": True},
    "CLIP, padded": {"image_processor_type": "CLIPImageProcessorFast", "size": {"shortest_edge": 40}, "crop_size": {"height": 51, "width": 50}},
    "ViT, Pillow's nearest": {"image_processor_type": "ViTImageProcessor", "size": {"height": 48, "width": 40}, "resample": 0, "image_mean": 0.4},
    "ViT, Lanczos": {"image_processor_type": "ViTImageProcessor", "size": [48, 40], "resample": 1, "do_normalize": False},
    "Segformer does not cut": {"image_processor_type": "SegformerImageProcessor", "size": {"height": 48, "width": 48}, "do_center_crop": True, "crop_size": 40},
}  # fmt: skip


@pytest.mark.parametrize("name", SETTINGS)
def test_pixels_are_those_of_transformers(name, transformers, tmp_path):
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(SETTINGS[name]))
    processor = transformers.AutoImageProcessor.from_pretrained(tmp_path)
    way = from_transformers(SETTINGS[name])
    mean, std = (torch.tensor(values, dtype=torch.float64).view(3, 1, 1) for values in (way.mean, way.std))
    for picture in PICTURES:
        wanted = torch.as_tensor(processor(images=picture, return_tensors="pt")["pixel_values"][0])
        torch.testing.assert_close((prepared_picture(picture, way) - mean) / std, wanted.double(), rtol=0, atol=1e-5)


REFUSED = {
    "cuts first": ({"image_processor_type": "PerceiverImageProcessor"}, "asks for PerceiverImageProcessor, which prepares pictures in a way that is not known here"),
    "does not scale": ({"do_resize": False}, "does not scale pictures, so they keep different sizes"),
    "cuts nothing": ({"image_processor_type": "CLIPImageProcessor", "do_center_crop": False}, "scales the shorter side and cuts nothing"),
    "pads": ({"image_processor_type": "ViTImageProcessor", "size": {"height": 48, "width": 48}, "do_pad": True, "pad_size": {"height": 64, "width": 64}}, r"pads pictures once they are scaled \(pad_size\), which is not known here"),
    "cuts twice": ({"image_processor_type": "ConvNextImageProcessor", "do_center_crop": True, "crop_size": 200}, "cuts pictures by crop_pct and once more"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_settings_that_would_be_read_wrongly_are_refused_with_the_way_in(name, transformers, tmp_path):
    settings, sentence = REFUSED[name]
    of_transformers_small().save(of_transformers_small().network, tmp_path)
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(settings))
    with pytest.raises(ExplorerError, match=f"{sentence}.*give --size and --resize"):
        asked_preparation("hugging-face", NetworkSpec(str(tmp_path), preparation=PreparationChoice("network")), 224)
    given = NetworkSpec(str(tmp_path), size=64, preparation=PreparationChoice("network", "squeeze"))
    assert asked_preparation("hugging-face", given, 64).mean == (0.485, 0.456, 0.406)


def test_padding_to_the_size_that_pictures_have_changes_nothing():
    sizes = {"size": {"height": 48, "width": 64}, "pad_size": {"height": 48, "width": 64}}
    plain = {"image_processor_type": "ViTImageProcessor", **sizes}
    assert from_transformers(plain | {"do_pad": True}) == from_transformers(plain)
    with pytest.raises(ExplorerError, match=r"pads pictures once they are scaled \(pad_size\)"):
        from_transformers(plain | {"do_pad": True, "pad_size": {"height": 64, "width": 48}})


def test_one_transparent_colour_becomes_white_where_transformers_makes_it_so():
    stripes = Image.fromarray(np.uint8([[0, 1, 2, 1]]), "P")
    stripes.putpalette([10, 20, 30, 200, 0, 0, 10, 20, 30])
    stream = io.BytesIO()
    stripes.save(stream, "PNG", transparency=0)
    way = from_transformers({"image_processor_type": "CLIPImageProcessor"})
    assert sentences(way)["transparent parts"].endswith("white where one colour is called transparent")
    white, plain = (255,) * 3, (10, 20, 30)
    for background, wanted in ((way.background, white), ("dropped", plain)):
        seen = read_picture(stream.getvalue(), decoding=Decoding(background=background))
        assert [seen.getpixel((x, 0)) for x in range(4)] == [wanted, (200, 0, 0), wanted, (200, 0, 0)]
    stream = io.BytesIO()
    Image.new("RGBA", (1, 1), (10, 20, 30, 0)).save(stream, "PNG")
    assert read_picture(stream.getvalue(), decoding=way.decoding).getpixel((0, 0)) == plain


def test_blue_first_is_kept_and_said_and_old_runs_stay():
    flipped = from_transformers({"image_processor_type": "MobileViTImageProcessor"})
    assert sentences(flipped)["order of colours"] == "blue first"
    assert Preparation.from_dict(flipped.to_dict()) == flipped
    assert "colours" not in replace(flipped, colours="rgb").to_dict()


# Preparations by name


def test_torchvisions_preparation_can_be_asked_for_any_network(tmp_path):
    usual = torchvision.transforms._presets.ImageClassification(crop_size=224)
    way = asked_preparation("torchscript", ASKED, 224)
    assert (way.edge[0], way.size[0]) == (usual.resize_size[0], usual.crop_size[0])
    path = str(exported(tiny(), tmp_path / "n.onnx", size=48))
    of_file = asked_preparation("onnx", replace(ASKED, checkpoint=path), 48)
    assert (of_file.size, of_file.edge, of_file.rounding) == ((48, 48), (54, 54), "torchvision")


def test_a_graph_that_divides_its_pixels_itself_is_given_them_so_in_torchvisions_way(tmp_path):
    class Divides(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = tiny()
            self.register_buffer("mean", torch.full((3, 1, 1), 0.4))

        def forward(self, pixels):
            return self.inner((pixels - self.mean) / 0.25)

    path = str(exported(Divides().eval(), tmp_path / "n.onnx", size=48))
    way = asked_preparation("onnx", replace(ASKED, checkpoint=path), 48)
    assert (way.mean, way.std, way.interpolation) == ((0.0,) * 3, (1.0,) * 3, "bilinear")


def test_the_networks_own_preparation_is_that_of_its_library_and_no_file_of_onnx_has_one():
    pytest.importorskip("timm")
    spec = NetworkSpec(preparation=PreparationChoice("network"))
    assert asked_preparation("timm/test_vit.r160_in1k", spec, 160).crop == pytest.approx(0.95, abs=0.01)
    with pytest.raises(ExplorerError, match="Nothing says how pictures were prepared for onnx"):
        asked_preparation("onnx", spec, 48)
