"""How ONNX files begin and end, as people's exporters leave them: what stands before the first and behind the last layer."""

import json

import numpy as np
import onnx
import pytest
from onnx import helper

from explorer.core.errors import ExplorerError
from explorer.models.backbones import Backbone, extract_features
from explorer.models.custom import checkpoint
from explorer.models.custom.spec import NetworkSpec
from explorer.models.libraries.networks import default_preparation, own_size
from tests.support.networks import PICTURES, features, loaded
from tests.support.onnx_files import BIAS, WEIGHT, averaged, written

GEMM, NUMBERS = ("Gemm", ["h", "w", "c"], ["y"], {"transB": 1}), {"w": WEIGHT, "c": BIAS, "k": np.int64([2])}
MEAN = np.float32([0.4, 0.5, 0.6]).reshape(3, 1, 1)
ENDS = {
    "the best class": ([("ArgMax", ["y"], ["z"], {"axis": 1})], "z"),
    "the best two": ([("Softmax", ["y"], ["s"], {}), ("TopK", ["s", "k"], ["v", "i"], {})], ["v", "i"]),
    "the largest share": ([("ReduceMax", ["y"], ["z"], {"axes": [1]})], "z"),
    "features before scores": ([], ["h", "y"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", ENDS)
def test_the_last_layer_is_found_behind_what_is_made_of_its_scores(kind, tmp_path):
    behind, output = ENDS[kind]
    domain = 13 if kind == "the largest share" else 18
    path = written(tmp_path / "n.onnx", averaged(GEMM, *behind), NUMBERS, output=output)
    model = onnx.load(path)
    model.opset_import[0].version = domain
    onnx.save(model, path)
    body = loaded(path, "onnx")
    assert features(body).shape == (3, 3)
    np.testing.assert_allclose(body.head()[0], WEIGHT, rtol=1e-6)


def test_scores_of_several_layers_are_said_and_the_first_are_judged(tmp_path):
    age, numbers = ("Gemm", ["h", "w1"], ["age"], {"transB": 1}), NUMBERS | {"w1": WEIGHT[:1]}
    path = written(tmp_path / "n.onnx", averaged(GEMM, age), numbers, output=["age", "y"])
    body = loaded(path, "onnx")
    assert body.notes == ("It returns scores of several layers (age, y); those of age are judged.",)
    np.testing.assert_allclose(body.head()[0], WEIGHT[:1], rtol=1e-6)
    softened = ("Softmax", ["y"], ["z"], {})
    assert (
        loaded(written(tmp_path / "m.onnx", averaged(GEMM, softened), NUMBERS, output=["y", "z"]), "onnx").notes == ()
    )


def test_a_bias_behind_a_change_of_shape_belongs_to_the_last_layer(tmp_path):
    nodes = averaged(
        ("MatMul", ["h", "t"], ["p1"], {}), ("Reshape", ["p1", "n"], ["p2"], {}), ("Add", ["p2", "c"], ["y"], {})
    )
    body = loaded(written(tmp_path / "n.onnx", nodes, NUMBERS | {"t": WEIGHT.T, "n": np.int64([-1, 2])}), "onnx")
    np.testing.assert_allclose(body.head()[1], BIAS, rtol=1e-6)


SHIFT, PAIR = np.float32([3, -1]), np.float32([2, 0.5])
# Sums and products behind the last layer: factor and shift that belong to it; none where its order is lost.
BEHIND = {
    "a temperature": ([("Div", ["y", "two"], ["z"], {})], (0.5, 0)),
    "a shift by class": ([("Add", ["y", "shift"], ["z"], {})], (1, SHIFT)),
    "both, under a softmax": (
        [("Mul", ["pair", "y"], ["a"], {}), ("Sub", ["a", "shift"], ["b"], {}), ("Softmax", ["b"], ["z"], {})],
        (PAIR, -SHIFT)),
    "turned round": ([("Sub", ["two", "y"], ["a"], {}), ("Neg", ["a"], ["z"], {})], (1, -2)),
    "shares of two": ([("Softmax", ["y"], ["a"], {}), ("Mul", ["a", "two"], ["z"], {})], (1, 0)),
    "the logarithm of shares": (
        [("Softmax", ["y"], ["a"], {}), ("Add", ["a", "two"], ["b"], {}), ("Log", ["b"], ["z"], {})], (1, 0)),
    "the logarithm of shares within bounds": (
        [("Softmax", ["y"], ["a"], {}), ("Clip", ["a", "small", ""], ["b"], {}), ("Log", ["b"], ["z"], {})], (1, 0)),
    "kept within bounds": ([("Clip", ["y", "", "two"], ["z"], {})], None),
    "shares by frequency": ([("Softmax", ["y"], ["a"], {}), ("Mul", ["a", "pair"], ["z"], {})], None),
    "one divided by scores": ([("Div", ["two", "y"], ["z"], {})], None),
}  # fmt: skip


@pytest.mark.parametrize("kind", BEHIND)
def test_factors_and_shifts_behind_the_last_layer_belong_to_it(kind, tmp_path):
    behind, effect = BEHIND[kind]
    numbers = NUMBERS | {"two": np.float32(2), "small": np.float32(1e-7), "shift": SHIFT, "pair": PAIR}
    body = loaded(written(tmp_path / "n.onnx", averaged(GEMM, *behind), numbers, output="z"), "onnx")
    assert features(body).shape == (3, 3)
    assert (body.head() is None) == (effect is None)
    if effect:
        factor, shift = np.broadcast_to(effect[0], (2,)), effect[1]
        np.testing.assert_allclose(body.head()[0], factor[:, None] * WEIGHT, rtol=1e-6)
        np.testing.assert_allclose(body.head()[1], factor * BIAS + shift, rtol=1e-6)


def test_a_function_behind_the_last_layer_is_said_with_the_way_in(tmp_path):
    path = written(tmp_path / "n.onnx", averaged(GEMM, ("Tanh", ["y"], ["z"], {})), NUMBERS, output="z")
    (said,) = loaded(path, "onnx").notes
    assert said.endswith("taken for the features. What its last linear layer reads is --layer y:input.")
    assert features(loaded(path, "onnx", layer="y:input")).shape == (3, 3)


@pytest.mark.parametrize("ends", ["in a convolution", "in no linear layer"])
def test_an_end_that_is_no_linear_layer_is_said(ends, tmp_path):
    weight = np.random.default_rng(0).normal(size=(5, 3, 1, 1)).astype(np.float32)
    nodes = [("Conv", ["x", "w"], ["m"], {}), ("Relu", ["m"], ["r"], {}), ("GlobalAveragePool", ["r"], ["y"], {})]
    nodes = nodes if "convolution" in ends else [("GlobalAveragePool", ["x"], ["y"], {})]
    path = written(tmp_path / "n.onnx", nodes, {"w": weight})
    body = loaded(path, "onnx")
    assert f"It ends {ends}" in body.notes[0]
    assert features(body).shape == (3, 3)
    if "convolution" in ends:
        assert features(loaded(path, "onnx", layer="output")).shape == (3, 5)


def test_a_last_layer_of_broken_numbers_is_refused(tmp_path):
    broken = {"w": np.full_like(WEIGHT, np.nan), "c": BIAS}
    with pytest.raises(ExplorerError, match="Its last layer holds NaN or infinite numbers"):
        loaded(written(tmp_path / "n.onnx", averaged(GEMM), broken), "onnx")


def test_files_of_before_2019_list_their_numbers_among_their_inputs(tmp_path):
    path = written(tmp_path / "n.onnx", averaged(GEMM), NUMBERS)
    model = onnx.load(path)
    model.ir_version = 3
    for tensor in model.graph.initializer:
        model.graph.input.append(helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims))
    onnx.save(model, path)
    assert features(loaded(path, "onnx")).shape == (3, 3)


# How pixels are given


def way(path, **own):
    spec = NetworkSpec(str(path), **own)
    return default_preparation("onnx", spec, own_size("onnx", spec) or 32)


NORM = {"one": np.ones(3, np.float32), "zero": np.zeros(3, np.float32), "var": np.float32([0.06] * 3)}
BEGINS = {
    "kept between black and white": ([("Clip", ["x", "lo", "hi"], ["a"], {}), ("Sub", ["a", "m"], ["b"], {})], 1),
    "normalised by a batch norm": ([("BatchNormalization", ["x", "one", "zero", "mean", "var"], ["b"], {})], 1),
    "normalised by one, to 255": ([("BatchNormalization", ["x", "one", "zero", "wide", "var"], ["b"], {})], 255),
    "given normalised": ([("BatchNormalization", ["x", "one", "zero", "zero", "one"], ["b"], {})], None),
    "blue first, then normalised": (
        [("Gather", ["x", "order"], ["a"], {"axis": 1}), ("Sub", ["a", "m"], ["b"], {})], 1),
    "blue first as the newer exporter of torch writes it, then normalised": (
        [("Transpose", ["x"], ["t"], {"perm": [1, 0, 2, 3]}), ("GatherND", ["t", "column"], ["g"], {}),
         ("Transpose", ["g"], ["a"], {"perm": [1, 0, 2, 3]}), ("Sub", ["a", "m"], ["b"], {})], 1),
    "the same of one colour alone": (
        [("Transpose", ["x"], ["t"], {"perm": [1, 0, 2, 3]}), ("GatherND", ["t", "reds"], ["g"], {}),
         ("Transpose", ["g"], ["a"], {"perm": [1, 0, 2, 3]}), ("Sub", ["a", "m"], ["b"], {})], None),
    "blue first and colours last": (
        [("Transpose", ["x"], ["n"], {"perm": [0, 2, 3, 1]}), ("Transpose", ["n"], ["t"], {"perm": [3, 0, 1, 2]}),
         ("GatherND", ["t", "column"], ["g"], {}), ("Transpose", ["g"], ["l"], {"perm": [1, 2, 3, 0]}),
         ("Sub", ["l", "mean"], ["k"], {}), ("Transpose", ["k"], ["b"], {"perm": [0, 3, 1, 2]})], 1),
    "cut out, then normalised": ([("Slice", ["x", "four", "eight", "axis"], ["a"], {}), ("Sub", ["a", "m"], ["b"], {})], 1),
    "framed, then normalised": ([("Pad", ["x", "frame"], ["a"], {}), ("Sub", ["a", "m"], ["b"], {})], 1),
    "normalised by a convolution": ([("Conv", ["x", "scale", "less"], ["b"], {})], 1),
    "normalised by one for each colour": ([("Conv", ["x", "each", "less"], ["b"], {"group": 3})], 1),
    "a first layer of single pixels": ([("Conv", ["x", "mixed", "less"], ["b"], {})], None),
    "one colour alone": ([("Gather", ["x", "red"], ["a"], {"axis": 1}), ("Sub", ["a", "m"], ["b"], {})], None),
    "scaled by its own size": ([("Shape", ["x"], ["s"], {}), ("Sub", ["x", "m"], ["b"], {})], 1),
}  # fmt: skip


CUTS = {"order": np.int64([2, 1, 0]), "red": np.int64([0, 0, 0]), "frame": np.int64([0, 0, 1, 1, 0, 0, 1, 1])}
CUTS |= {"column": np.int64([[2], [1], [0]]), "reds": np.int64([[0], [0], [0]])}
CUTS |= {"four": np.int64([4]), "eight": np.int64([8]), "axis": np.int64([2])}


@pytest.mark.parametrize("kind", BEGINS)
def test_pixels_have_the_scale_that_the_graph_normalises(kind, tmp_path):
    before, white = BEGINS[kind]
    numbers = NORM | {
        "m": MEAN,
        "lo": np.float32(0),
        "hi": np.float32(1),
        "mean": MEAN.reshape(3),
        "wide": 255 * MEAN.reshape(3),
        **CUTS,
        "scale": np.diag(np.full(3, 4.0, np.float32)).reshape(3, 3, 1, 1),
        "each": np.full((3, 1, 1, 1), 4, np.float32),
        "mixed": np.ones((3, 3, 1, 1), np.float32),
        "less": -4 * MEAN.reshape(3),
    }
    pooled = [("GlobalAveragePool", ["b"], ["p"], {}), ("Flatten", ["p"], ["y"], {})]
    path = written(tmp_path / "n.onnx", [*before, *pooled], numbers)
    found = way(path)
    assert (found.white, found.mean) == ((white, (0.0,) * 3) if white else (1, (0.485, 0.456, 0.406)))


@pytest.mark.parametrize("place", ["n.onnx", "onnx/n.onnx"])
def test_a_processor_beside_the_file_prepares_its_pictures(place, tmp_path):
    (tmp_path / place).parent.mkdir(exist_ok=True)
    path = written(tmp_path / place, averaged(GEMM), NUMBERS)
    settings = {
        "image_processor_type": "ViTImageProcessor",
        "size": {"height": 32, "width": 32},
        "image_mean": [0.1] * 3,
    }
    names = {"model_type": "vit", "id2label": {"0": "dog", "1": "cat"}}
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(settings))
    (tmp_path / "config.json").write_text(json.dumps(names))
    found = way(path)
    assert (found.mean, found.resize, found.size) == ((0.1,) * 3, "squeeze", (32, 32))
    body = Backbone("onnx", 32, NetworkSpec(str(path)), preparation=found).load(lambda *_: None)
    assert body.classes == ("dog", "cat")
    assert "as the folder that it lies in says: turned upright" in body.notes[0]
    assert extract_features(body, PICTURES, range(3), found).shape == (3, 3)
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(settings | {"do_resize": False}))
    assert way(path).mean == (0.485, 0.456, 0.406)
    assert "beside it that was not followed: preprocessor_config.json does not scale" in loaded(path, "onnx").notes[0]
    (tmp_path / "config.json").write_text("[]")
    assert loaded(path, "onnx").notes == ()


@pytest.mark.parametrize("inside", [True, False])
def test_what_timm_says_beside_the_file_prepares_its_pictures(inside, tmp_path):
    path = written(tmp_path / "n.onnx", averaged(GEMM), NUMBERS)
    own = {"input_size": [3, 32, 32], "mean": [0.1] * 3, "std": [0.2] * 3, "crop_pct": 1.0}
    names = {"architecture": "resnet18", "label_names": ["dog", "cat"]}
    (tmp_path / "config.json").write_text(json.dumps(names | ({"pretrained_cfg": own} if inside else own)))
    assert (way(path).mean, way(path).size) == ((0.1,) * 3, (32, 32))
    body = loaded(path, "onnx")
    assert body.classes == ("dog", "cat")
    assert "as the folder that it lies in says: not turned" in body.notes[0]


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (b"\x28\0\0\0ORTM" + bytes(20), "ONNX Runtime's own form; give the .onnx file"),
        (b"\x1c\0\0\0ET12" + bytes(20), "ExecuTorch, which does not turn back; export the network"),
    ],
)
def test_flat_buffers_of_other_programs_are_named(head, said, tmp_path):
    (tmp_path / "a.bin").write_bytes(head)
    with pytest.raises(ExplorerError, match=said):
        checkpoint.opened(str(tmp_path / "a.bin"))
