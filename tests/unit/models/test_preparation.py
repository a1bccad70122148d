"""The preparation of pictures: the usual one keeps its pixels and ids, a library's own gives the library's pixels."""

import io
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.core.errors import ExplorerError
from explorer.core.progress import silent
from explorer.core.torchvision_compat import torchvision
from explorer.datasets.base import Split
from explorer.datasets.decoding import Decoding
from explorer.datasets.pictures import ArrayPictures, EncodedPictures, decoded, decoding_of
from explorer.models import backbones
from explorer.models.backbones import Backbone, extract_features
from explorer.models.custom.spec import DEVIATION, MEAN, NetworkSpec
from explorer.models.pixels import FeaturePipeline
from explorer.models.preparation.batches import batches, prepare
from explorer.models.preparation.choice import PreparationChoice
from explorer.models.preparation.image_processors import from_transformers
from explorer.models.preparation.library_pixels import prepared_picture
from explorer.models.preparation.own import own_preparation
from explorer.models.preparation.preparation import Preparation, recipe_part, sentences, summary
from explorer.models.preparation.published import from_timm, from_torchvision
from explorer.runs.build.custom_network import CHANGES_INPUT, MAY_CHANGE_INPUT, OwnNetwork, with_custom_network
from tests.support.networks import NAME, listened, network

RNG = np.random.default_rng(0)
# Both odd and even rests on both sides, a long one, one smaller than the size, and the size itself.
SHAPES = [(97, 64), (64, 97), (301, 40), (20, 23), (48, 48), (33, 32), (255, 191)]


def picture(shape):
    width, height = shape
    coarse = RNG.integers(0, 256, (height // 4 + 1, width // 4 + 1, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize(shape, Image.Resampling.BICUBIC)


def encoded(image, form="PNG", orientation=1):
    stream, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = orientation
    image.save(stream, form, exif=exif)
    return stream.getvalue()


def stored(contents):
    return EncodedPictures(contents.__getitem__, [str(row) for row in range(len(contents))], ["0" * 16] * len(contents))


# The usual one


def test_the_usual_preparation_adds_nothing_to_a_recipe_and_is_that_of_every_old_run():
    usual = Preparation.usual(128)
    assert usual.is_usual
    assert recipe_part(usual) == recipe_part(None) == {}
    old = {"network": "mobilenet_v2", "weights": "a", "size": 128, "resize": "bicubic", "mean": [0.5, 0.5, 0.5]}
    assert Preparation.of_recipe(old) == replace(usual, mean=(0.5,) * 3)
    assert PreparationChoice().applied(lambda: 1 / 0, 128, None, (), ()) == usual
    assert NetworkSpec().to_dict() == {}
    assert NetworkSpec().to_argv() == NetworkSpec().name_parts() == []


def test_an_unusual_preparation_is_kept_whole_in_the_recipe_and_read_back():
    way = replace(Preparation.usual(64), orientation="as-stored", interpolation="lanczos")
    assert not way.is_usual
    assert Preparation.of_recipe({"size": 64} | recipe_part(way)) == way


def test_usual_pixels_are_what_they_were():
    image = picture((97, 64))
    enlarged = image.resize((round(97 * 32 / 64), 32), Image.Resampling.BICUBIC).crop((8, 0, 40, 32))
    np.testing.assert_array_equal(prepare([image], 32)[0].permute(1, 2, 0) * 255, np.array(enlarged, np.float32))


@pytest.mark.parametrize("shape", [(32, 32), (64, 64), (200, 200), (60, 40)], ids=str)
def test_usual_batches_lie_colour_by_colour_in_memory(shape):
    rng = np.random.default_rng(0)
    pictures = [Image.fromarray(rng.integers(0, 256, (*shape, 3)).astype(np.uint8)) for _ in range(2)]
    batch = prepare(pictures, 64)
    assert batch.is_contiguous()  # otherwise torch enlarges in twice the time, and ONNX Runtime is given a copy
    torch.testing.assert_close(batch, torch.cat([prepare([picture], 64) for picture in pictures]), rtol=0, atol=0)
    assert 0 <= batch.min() < batch.max() <= 1


# Libraries


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic", "nearest", "lanczos"])
def test_pixels_are_those_of_torchvision(interpolation):
    mode = torchvision.transforms.InterpolationMode(interpolation)
    transforms = torchvision.transforms._presets.ImageClassification(crop_size=32, resize_size=37, interpolation=mode)
    way = from_torchvision(transforms)
    for shape in SHAPES:
        image = picture(shape)
        mean, std = (torch.tensor(each).view(3, 1, 1) for each in (way.mean, way.std))
        torch.testing.assert_close((prepared_picture(image, way) - mean) / std, transforms(image), rtol=0, atol=1e-6)


TIMM = {
    "center": {"input_size": (3, 32, 32), "crop_pct": 0.9, "interpolation": "bicubic"},
    "squash": {"input_size": (3, 32, 32), "crop_pct": 1.0, "interpolation": "bilinear", "crop_mode": "squash"},
    "squash and cut": {"input_size": (3, 32, 32), "crop_pct": 0.8, "interpolation": "bilinear", "crop_mode": "squash"},
    "border": {"input_size": (3, 32, 32), "crop_pct": 0.95, "interpolation": "bicubic", "crop_mode": "border"},
    "wide": {"input_size": (3, 24, 40), "crop_pct": 0.875, "interpolation": "bicubic"},
    "half": {"input_size": (3, 32, 32), "crop_pct": 0.9, "mean": (0.5,) * 3, "std": (0.5,) * 3},
}


@pytest.mark.parametrize("name", TIMM)
def test_pixels_are_those_of_timm(name):
    timm = pytest.importorskip("timm")
    way = from_timm(TIMM[name])
    transform = timm.data.create_transform(**timm.data.resolve_data_config(TIMM[name]))
    for shape in SHAPES:
        image = picture(shape)
        mean, std = (torch.tensor(each).view(3, 1, 1) for each in (way.mean, way.std))
        torch.testing.assert_close((prepared_picture(image, way) - mean) / std, transform(image), rtol=0, atol=1e-5)


# As their folders on the hub have them: ViT, CLIP, ConvNeXT below and above 384 px, EfficientNet's offset, and old keys.
HUGGING_FACE = {
    "vit": (
        {"do_resize": True, "size": 32, "resample": 2, "image_mean": [0.5] * 3, "image_std": [0.5] * 3},
        ((32, 32), (32, 32), "squeeze", "bilinear"),
    ),
    "clip": (
        {
            "size": {"shortest_edge": 40},
            "do_center_crop": True,
            "crop_size": {"height": 32, "width": 32},
            "resample": 3,
            "image_mean": [0.48145466, 0.4578275, 0.40821073],
            "image_std": [0.26862954, 0.26130258, 0.27577711],
        },
        ((32, 32), (40, 40), "shortest", "bicubic"),
    ),
    "clip, old": (
        {"size": 40, "do_center_crop": True, "crop_size": 32, "resample": 3},
        ((32, 32), (40, 40), "shortest", "bicubic"),
    ),
    "convnext": (
        {"size": {"shortest_edge": 224}, "crop_pct": 0.875, "resample": 3},
        ((224, 224), (256, 256), "shortest", "bicubic"),
    ),
    "convnext, large": (
        {"size": {"shortest_edge": 384}, "crop_pct": 0.875, "resample": 3},
        ((384, 384), (384, 384), "squeeze", "bicubic"),
    ),
}


@pytest.mark.parametrize("name", HUGGING_FACE)
def test_the_fields_of_hugging_face_are_understood(name):
    config, expected = HUGGING_FACE[name]
    way = from_transformers(config)
    assert (way.size, way.edge, way.resize, way.interpolation) == expected
    assert way.orientation == "upright"
    assert way.background == "dropped"


def test_hugging_faces_factor_and_offset_become_mean_and_deviation():
    way = from_transformers({"size": 32, "rescale_factor": 1 / 127.5, "rescale_offset": True, "do_normalize": False})
    assert way.mean == pytest.approx((0.5,) * 3)
    assert way.std == pytest.approx((0.5,) * 3)
    plain = from_transformers({"size": 32, "do_rescale": False, "do_normalize": False})
    assert plain.std == pytest.approx((1 / 255,) * 3)
    assert plain.mean == (0.0,) * 3


WRONG = {
    "resample": ({"size": 32, "resample": 9}, "resample 9; 0 to 5 are known"),
    "both edges": ({"size": {"shortest_edge": 8, "longest_edge": 9}}, "bounds both edges"),
    "no size": ({"size": {"max_pixels": 8}}, "gives the size as max_pixels; height and width, or shortest_edge"),
    "mean": ({"size": 32, "image_mean": [1, 2]}, r"image_mean \[1, 2\]; three numbers are known"),
    "too large": ({"size": 320_000}, "give 16 to 1024"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_preparation_that_is_not_known_is_refused(name):
    config, sentence = WRONG[name]
    with pytest.raises(ExplorerError, match=sentence):
        from_transformers(config)


# What a person asks for


def test_rules_are_laid_over_the_base():
    base = own_preparation("mobilenet_v2", NetworkSpec())
    assert (base.size, base.edge, base.interpolation) == ((224, 224), (256, 256), "bilinear")
    asked = PreparationChoice("torchvision", interpolation="lanczos", orientation="upright")
    way = asked.applied(lambda: base, 128, None, (), (0.5,) * 3)
    assert way == replace(base, interpolation="lanczos", orientation="upright", std=(0.5,) * 3)
    small = PreparationChoice("torchvision").applied(lambda: base, 128, 112, (), ())
    assert (small.size, small.edge) == ((112, 112), (128, 128))
    cut = PreparationChoice(crop=0.875).applied(lambda: base, 224, None, (), ())
    assert (cut.size, cut.edge, cut.interpolation) == ((224, 224), (256, 256), "bicubic")
    squeezed = PreparationChoice("torchvision", resize="squeeze").applied(lambda: base, 128, None, (), ())
    assert (squeezed.size, squeezed.edge) == ((224, 224), (224, 224))
    assert PreparationChoice(white=255).applied(lambda: base, 32, None, (), ()).std == (1.0,) * 3


def test_a_choice_survives_the_command_line_and_the_manifest():
    own = NetworkSpec.parse(preparation=PreparationChoice("torchvision", "squeeze", 0.875, white=255))
    assert own.to_argv() == ["--preparation", "torchvision", "--resize", "squeeze", "--crop", "0.875", "--white", "255"]
    assert NetworkSpec.from_dict(own.to_dict()) == own
    assert own.name_parts() == ["torchvision", "squeeze", "crop0.875", "white255"]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"base": "timm"}, "no preparation 'timm'; choose one of: torchvision, network"),
        ({"resize": "fit"}, "no resize 'fit'; choose one of: shortest, squeeze, longest"),
        ({"crop": 87.5}, "The crop is 87.5; it is the part of the shorter side that is kept, 0.2 to 1"),
        ({"white": 100}, "White is 100; it is 1 or 255"),
    ],
)
def test_a_wrong_word_is_answered_with_the_right_ones(given, sentence):
    with pytest.raises(ExplorerError, match=sentence):
        PreparationChoice(**given)


def test_a_network_without_a_library_says_what_to_give():
    with pytest.raises(ExplorerError, match="leave --preparation out and give --size"):
        own_preparation("torchscript", NetworkSpec())


def test_a_preparation_is_said_in_words():
    said = sentences(Preparation.usual(224))
    assert said["size"] == "shorter side to 224 px (bicubic), middle 224 px cut out"
    assert said["orientation"] == "turned upright by EXIF"
    way = own_preparation("mobilenet_v2", NetworkSpec())
    assert summary(way) == (
        "not turned, as stored; shorter side to 256 px (bilinear), middle 224 px cut out; black is 0, white is 1; mean "
        "0.485, 0.456, 0.406, deviation 0.229, 0.224, 0.225; transparent parts: the colours stored below them; more than "
        "8 bits: values above 255 are white"
    )


# From the file


def test_files_are_read_as_the_preparation_says():
    image = Image.new("RGBA", (40, 30), (10, 200, 30, 0))
    pictures = stored([encoded(image), encoded(image.convert("RGB"), "JPEG", orientation=6)])
    upright = replace(Preparation.usual(32), background="black")
    seen = torch.cat(list(batches(pictures, [0, 1], upright)))
    assert float(seen[0].max()) == 0  # nothing but the black behind it
    kept = replace(upright, background="dropped", orientation="as-stored")
    assert torch.cat(list(batches(pictures, [0], kept)))[0, 1].mean() * 255 == pytest.approx(200)
    turned = decoded(pictures, Decoding(orientation="as-stored"))
    assert (pictures[1].size, turned[1].size) == ((30, 40), (40, 30))
    split = Split(turned, np.zeros(2, int)).take(np.array([1]))
    assert decoding_of(split.pictures).orientation == "as-stored"
    assert decoded(split.pictures, Decoding())[0].size == (30, 40)


def test_pixels_can_be_differentiated_whatever_the_preparation():
    way = replace(own_preparation("mobilenet_v2", NetworkSpec()), size=(32, 32), edge=(37, 37))
    body = network(NAME)
    image = picture((60, 45))
    view = FeaturePipeline(body, 32, np.zeros(1024), np.ones(1024), way)
    seen = view.forward([image])
    [slopes] = seen.vjp(np.ones((1, 1025)))
    assert slopes.shape == (45, 60, 3)
    assert np.abs(slopes).max() > 0


# GoogLeNet and Inception


def test_the_published_googlenet_changes_its_input_as_torchvision_lets_it(monkeypatch):
    made = network("googlenet", 1000, aux_logits=True, init_weights=False)
    published = torchvision.models.googlenet(transform_input=True, init_weights=False).eval()
    published.load_state_dict(made.state_dict())
    monkeypatch.setattr(backbones, "fetch", lambda name, progress: "published.pth")
    monkeypatch.setattr(backbones.torch, "load", lambda *path, **options: made.state_dict())
    pictures = ArrayPictures(RNG.integers(0, 256, (2, 64, 64, 3), dtype=np.uint8))
    seen = prepare([pictures[0], pictures[1]], 64)
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (MEAN, DEVIATION))
    wanted = listened(published, published.fc, (seen - mean) / std)
    backbone = Backbone("googlenet", 64)
    got = extract_features(backbone.load(silent), pictures, range(2), 64)
    np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-4)
    assert backbone.recipe["transform_input"] is True
    before = replace(backbone, transforms_input=False)  # what an old run is opened with
    assert "transform_input" not in before.recipe
    assert np.abs(extract_features(before.load(silent), pictures, range(2), 64) - wanted.numpy()).max() > 0.1
    assert "transform_input" not in Backbone("resnet18", 64).recipe


def test_a_googlenet_of_ones_own_is_told_of_the_switch():
    facts = {"facts": {}, "notice": "", "backbone": "googlenet", "classes": ["a", "b"], "recipe": {"weights": "0"}}
    own = {"checkpoint": "mine.pth"}
    assert MAY_CHANGE_INPUT in with_custom_network(facts, OwnNetwork({"own": own}))["notice"]
    assert MAY_CHANGE_INPUT not in with_custom_network(facts, OwnNetwork({"own": own | {"mean": [0.5] * 3}}))["notice"]
    published = facts | {"recipe": {"transform_input": True}}
    assert with_custom_network(published, OwnNetwork({}))["notice"] == CHANGES_INPUT
