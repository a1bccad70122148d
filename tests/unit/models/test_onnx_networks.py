"""ONNX files as networks: what their last layer reads, however the graph is written, and their own last layer."""

import numpy as np
import pytest
import torch
from onnx import TensorProto
from torch import nn

from explorer.core.errors import ExplorerError
from explorer.core.progress import silent
from explorer.models.backbones import Backbone
from explorer.models.custom.spec import NetworkSpec
from explorer.models.libraries.names import word_of_content
from explorer.models.libraries.networks import default_preparation, own_size
from explorer.models.pixels import FeaturePipeline
from explorer.models.preparation.preparation import Preparation
from explorer.runs.build.request import Config
from tests.support.networks import DEVIATION, MEAN, PICTURES, features, images, listened, loaded
from tests.support.onnx_files import BIAS, WEIGHT, averaged, exported, outside, tiny, written


@pytest.fixture(scope="module")
def net():
    return tiny()


@pytest.fixture(scope="module")
def path(net, tmp_path_factory):
    return exported(net, tmp_path_factory.mktemp("onnx") / "net.onnx")


def expected(net):
    return listened(net, net[-1], images()).numpy()


def check(body, net, loose=1e-5):
    truth = expected(net)
    np.testing.assert_allclose(features(body), truth, atol=loose * np.abs(truth).max(), rtol=0)


@pytest.mark.parametrize("batch", [None, 1, 2, 4])
def test_the_features_are_what_the_last_layer_reads_for_any_size_of_batch(batch, net, path, tmp_path):
    body = loaded(exported(net, tmp_path / "n.onnx", batch=batch) if batch else path, "onnx")
    check(body, net)
    for found, part in zip(body.head(), (net[-1].weight, net[-1].bias), strict=True):
        np.testing.assert_allclose(found, part.detach().numpy())


class Deployed(nn.Module):
    """A network that normalises its pictures itself and returns probabilities."""

    def __init__(self, inner, white):
        super().__init__()
        self.inner = inner
        self.register_buffer("mean", white * torch.tensor(MEAN).view(3, 1, 1))
        self.register_buffer("deviation", white * torch.tensor(DEVIATION).view(3, 1, 1))

    def forward(self, pixels):
        return self.inner((pixels - self.mean) / self.deviation).softmax(1)


@pytest.mark.parametrize("white", [1, 255])
def test_a_graph_that_normalises_itself_is_given_plain_pixels(white, net, tmp_path):
    spec = NetworkSpec(str(exported(Deployed(net, white).eval(), tmp_path / "n.onnx")))
    way = default_preparation("onnx", spec, 32)
    assert (way.mean, way.std, way.white) == ((0,) * 3, (1,) * 3, white)
    backbone = Backbone("onnx", 32, spec, preparation=way)
    body = backbone.load(silent)
    check(body, net)
    assert body.head()[0].shape == (2, 8)  # behind a softmax
    assert Preparation.of_recipe(backbone.recipe) == way  # a run finds it again


class Keras(Deployed):
    """The same with the colours last, as TensorFlow and Keras lay pictures."""

    def forward(self, pixels):
        scaled = (pixels - self.mean.flatten()) / self.deviation.flatten()
        return self.inner(scaled.permute(0, 3, 1, 2)).softmax(1)


@pytest.mark.parametrize("white", [1, 255])
@pytest.mark.parametrize("free", [{}, {"dynamic_axes": {"x": {0: "b", 1: "h", 2: "w"}}}])
def test_a_graph_with_the_colours_last_is_given_them_so(white, free, net, tmp_path):
    path = str(tmp_path / "n.onnx")
    torch.onnx.export(
        Keras(net, white).eval(), (torch.rand(2, 32, 32, 3),), path, dynamo=False, input_names=["x"], **free
    )
    spec = NetworkSpec(path)
    assert own_size("onnx", spec) == (None if free else 32)
    way = default_preparation("onnx", spec, 32)
    assert (way.mean, way.std, way.white) == ((0,) * 3, (1,) * 3, white)
    check(Backbone("onnx", 32, spec, preparation=way).load(silent), net)


def test_colours_last_are_known_by_the_first_operator_where_the_shape_leaves_them_open(tmp_path):
    turned = [("Transpose", ["x"], ["t"], {"perm": [0, 3, 1, 2]}), ("GlobalAveragePool", ["t"], ["p"], {})]
    nodes = [*turned, ("Flatten", ["p"], ["y"], {})]
    body = loaded(written(tmp_path / "n.onnx", nodes, shape=("b", "h", "w", "c")), "onnx")
    np.testing.assert_allclose(features(body), images().mean(dim=(2, 3)).numpy(), atol=1e-6)


def half(value):
    return value.astype(np.float16)


HEADS = {
    "Gemm, transposed": ([("Gemm", ["h", "w", "c"], ["y"], {"transB": 1})], {"w": WEIGHT, "c": BIAS}),
    "Gemm": ([("Gemm", ["h", "w", "c"], ["y"], {"alpha": 2.0, "beta": 0.5})], {"w": WEIGHT.T / 2, "c": 2 * BIAS}),
    "MatMul, Add": ([("MatMul", ["h", "w"], ["m"], {}), ("Add", ["m", "c"], ["y"], {})], {"w": WEIGHT.T, "c": BIAS}),
    "Add first": ([("MatMul", ["h", "w"], ["m"], {}), ("Add", ["c", "m"], ["y"], {})], {"w": WEIGHT.T, "c": BIAS[None]}),
    "weights turned": (
        [("Transpose", ["w"], ["t"], {}), ("Gemm", ["h", "t", "c"], ["s"], {}), ("Softmax", ["s"], ["y"], {})],
        {"w": WEIGHT, "c": BIAS},
    ),
    "weights of half precision": (
        [("Cast", ["w"], ["f"], {"to": 1}), ("Gemm", ["h", "f", "c"], ["y"], {"transB": 1})],
        {"w": half(WEIGHT), "c": BIAS},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", HEADS)
def test_the_last_layer_is_read_in_each_of_its_forms(kind, tmp_path):
    nodes, numbers = HEADS[kind]
    body = loaded(written(tmp_path / "n.onnx", averaged(*nodes), numbers), "onnx")
    np.testing.assert_allclose(features(body), images().mean(dim=(2, 3)).numpy(), atol=1e-6)
    np.testing.assert_allclose(body.head()[0], WEIGHT, atol=1e-3 if "half" in kind else 1e-7)
    np.testing.assert_allclose(body.head()[1], BIAS, atol=1e-7)


def test_without_a_last_linear_layer_the_output_itself_is_read(tmp_path):
    residual = averaged(("MatMul", ["h", "w"], ["m"], {}), ("Add", ["m", "h"], ["y"], {}))
    body = loaded(written(tmp_path / "n.onnx", residual, {"w": np.eye(3, dtype=np.float32)}), "onnx")
    np.testing.assert_allclose(features(body), 2 * images().mean(dim=(2, 3)).numpy(), atol=1e-6)
    assert body.head() is None


def test_a_convolution_may_be_the_last_layer(tmp_path):
    weight = WEIGHT[:, :, None, None]
    nodes = [("Conv", ["x", "w"], ["c"], {}), ("GlobalAveragePool", ["c"], ["p"], {}), ("Flatten", ["p"], ["y"], {})]
    body = loaded(written(tmp_path / "n.onnx", nodes, {"w": weight}), "onnx")
    np.testing.assert_allclose(features(body), images().mean(dim=(2, 3)).numpy(), atol=1e-6)


@pytest.mark.filterwarnings("ignore")
def test_graphs_of_whole_numbers_and_of_half_precision_are_read(net, path, tmp_path):
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, quantize_dynamic, quantize_static

    class Given(CalibrationDataReader):
        def __init__(self):
            self.left = [{"input": images().numpy()}]

        def get_next(self):
            return self.left.pop() if self.left else None

    # weights of 7 bits: products of 8 by 8 bits overflow on processors without VNNI (seen: 3.3 % off, onnxruntime 1.32.0)
    quantize_dynamic(path, tmp_path / "dynamic.onnx", reduce_range=True)
    quantize_static(path, tmp_path / "pairs.onnx", Given(), quant_format=QuantFormat.QDQ, reduce_range=True)
    quantize_static(path, tmp_path / "whole.onnx", Given(), quant_format=QuantFormat.QOperator, reduce_range=True)
    for name in ("dynamic", "pairs", "whole"):
        check(loaded(tmp_path / f"{name}.onnx", "onnx"), net, 0.03)


def test_half_precision_at_the_input_is_given_so(tmp_path):
    nodes, numbers = averaged(("Gemm", ["h", "w"], ["y"], {"transB": 1})), {"w": half(WEIGHT)}
    body = loaded(written(tmp_path / "n.onnx", nodes, numbers, kind=TensorProto.FLOAT16), "onnx")
    np.testing.assert_allclose(features(body), images().mean(dim=(2, 3)).numpy(), atol=2e-3)


def test_numbers_beside_the_file_belong_to_it(net, path, tmp_path):
    copy = tmp_path / "n.onnx"
    copy.write_bytes(path.read_bytes())
    outside(copy, "n.onnx.data")
    check(loaded(copy, "onnx"), net)


def test_a_layer_may_be_asked_for_by_name(net, path):
    assert features(loaded(path, "onnx", layer="output")).shape == (3, 2)
    np.testing.assert_allclose(features(loaded(path, "onnx", layer="5:input")), expected(net), atol=1e-5)
    with pytest.raises(ExplorerError, match=r"^There is no layer 'fc'.*The layers are: .*5, output"):
        loaded(path, "onnx", layer="fc")


def test_the_size_of_a_graph_is_its_only_one(path):
    spec = NetworkSpec(str(path))
    assert own_size("onnx", spec) == 32
    with pytest.raises(ExplorerError, match=r"takes pictures of 32 px only, and 64 were asked for; leave --size out"):
        own_size("onnx", NetworkSpec(str(path), size=64))


def test_content_decides_not_the_ending(path, tmp_path):
    for name, content in (("a.pth", path.read_bytes()), ("b.onnx", b"\x80\x02}q\x00."), ("c.onnx", b"\x08\x01\x12")):
        (tmp_path / name).write_bytes(content)
    assert [word_of_content(str(tmp_path / name)) for name in ("a.pth", "b.onnx", "c.onnx", "d")] == [
        "onnx",
        "",
        "",
        "",
    ]


def test_a_file_names_its_network_where_nobody_names_another(path):
    asked = Config(own=NetworkSpec(str(path)))
    assert asked.recognised().backbone == "onnx"
    assert Config(backbone="resnet18", own=asked.own).recognised().backbone == "resnet18"
    assert Config().recognised() == Config()


def test_saliency_says_that_there_is_no_way_back(path):
    pipeline = FeaturePipeline(loaded(path, "onnx"), 32, np.zeros(8), np.ones(8))
    with pytest.raises(ExplorerError, match="no way back from its features to the pixels"):
        pipeline.forward([PICTURES[0]])
