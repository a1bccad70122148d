"""ONNX files that are not opened: each is refused in a sentence, before anything of it runs, and in bounded memory."""

import contextlib
import importlib
import os

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from explorer.core.errors import ExplorerError
from explorer.models.custom.spec import NetworkSpec
from explorer.models.libraries.networks import own_size
from explorer.models.libraries.onnx import file as onnx_file
from explorer.models.libraries.onnx import size as onnx_size
from explorer.models.network_names import check_network
from tests.support.networks import features, loaded
from tests.support.onnx_files import BIAS, WEIGHT, averaged, outside, written

GEMM, NUMBERS = averaged(("Gemm", ["h", "w", "c"], ["y"], {"transB": 1})), {"w": WEIGHT, "c": BIAS}


def body():
    value = helper.make_tensor_value_info("i", TensorProto.FLOAT, None)
    return helper.make_graph([helper.make_node("Identity", ["i"], ["o"])], "b", [value], [value])


INPUTS = {
    "one colour": ({"shape": ("b", 1, 32, 32)}, r"takes \(any, 1, 32, 32\), not pictures of three colours"),
    "rows": ({"shape": ("b", 64)}, r"takes \(any, 64\), not pictures of three colours \(batch, 3, height, width\)"),
    "wide": ({"shape": ("b", 3, 32, 64)}, r"takes pictures of 64 × 32 px, and only squares are given here"),
    "small": ({"shape": ("b", 3, 8, 8)}, r"takes pictures of 8 px; 16 to 1024 are allowed"),
    "whole numbers": ({"kind": TensorProto.UINT8}, r"takes pictures as uint8 numbers; save it so that it takes float32"),
    "two inputs": (
        {"inputs": [helper.make_tensor_value_info("mask", TensorProto.FLOAT, ("b", 3))]},
        r"takes 2 inputs \(x, mask\), and a picture is one",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", INPUTS)
def test_pictures_that_it_does_not_take_are_named(kind, tmp_path):
    more, message = INPUTS[kind]
    with pytest.raises(ExplorerError, match=message):
        loaded(written(tmp_path / "n.onnx", GEMM, NUMBERS, **more), "onnx")


OPERATORS = {
    "another program's": (("Cube", ["h"], ["y"], {"domain": "mine"}), r"uses the operator mine\.Cube, which belongs to another program and is not run"),
    "a compiled one": (("EPContext", ["h"], ["y"], {"domain": "com.microsoft"}), r"com\.microsoft\.EPContext, which belongs to another program"),
    "a loop": (("Loop", ["n", "", "h"], ["y"], {"body": body()}), r"repeats a part of its graph \(Loop\), which is not run"),
    "chance": (("RandomNormalLike", ["h"], ["y"], {}), r"was saved in training \(RandomNormalLike draws"),
    "batch statistics": (
        ("BatchNormalization", ["h", "s", "s", "s", "s"], ["y", "m", "v"], {"training_mode": 1}),
        r"was saved in training \(BatchNormalization draws numbers or follows its batch\); save it after model\.eval\(\)",
    ),
    "dropout": (("Dropout", ["h", "", "on"], ["y"], {}), r"was saved in training \(its dropout drops\)"),
    "any memory": (("Expand", ["h", "huge"], ["y"], {}), r"do not go through this network|ONNX Runtime cannot run"),
    "unknown": (("Nonsense", ["h"], ["y"], {}), r"^ONNX Runtime cannot run .*Nonsense.*; save the network anew by torch"),
}  # fmt: skip


@pytest.mark.parametrize("kind", OPERATORS)
def test_operators_that_are_not_run_are_named(kind, tmp_path):
    operator, message = OPERATORS[kind]
    numbers = {
        "n": np.int64(10**9),
        "s": np.ones(3, np.float32),
        "on": np.array(True),
        "huge": np.int64([2**20, 2**20, 3]),
    }
    path = written(tmp_path / "n.onnx", averaged(operator), numbers, domains=[("mine", 1), ("com.microsoft", 1)])
    with pytest.raises(ExplorerError, match=message):
        features(loaded(path, "onnx"))


def test_functions_that_unfold_to_too_much_are_not_unfolded(tmp_path):
    opset, twice = [helper.make_opsetid("", 18), helper.make_opsetid("own", 1)], []
    for depth in range(30):
        inner = {"domain": "own", "name": f"f{depth - 1}"} if depth else {}
        calls = [
            helper.make_node(f"f{depth - 1}" if depth else "Relu", [a], [b], domain="own" if depth else "")
            for a, b in ("im", "mo")
        ]
        twice.append(helper.make_function("own", f"f{depth}", ["i"], ["o"], calls, opset))
        del inner
    path = written(
        tmp_path / "n.onnx", averaged(("f29", ["h"], ["y"], {"domain": "own"})), domains=[("own", 1)], functions=twice
    )
    with pytest.raises(ExplorerError, match="more than 50,000 operators, its functions unfolded"):
        loaded(path, "onnx")


# Numbers in other files


@pytest.fixture
def path(tmp_path):
    (tmp_path / "net").mkdir()
    return written(tmp_path / "net/n.onnx", GEMM, NUMBERS)


@pytest.mark.parametrize("location", ["../away.bin", "below/../../away.bin"])
def test_numbers_outside_the_folder_are_not_read(location, path):
    (path.parent / "below").mkdir()
    with pytest.raises(
        ExplorerError, match=r"another file, '.*away\.bin', which does not lie in its folder, so it was not read"
    ):
        loaded(outside(path, location), "onnx")


def test_an_absolute_path_is_not_followed_even_into_the_folder(path, tmp_path):
    with pytest.raises(ExplorerError, match="does not lie in its folder"):
        loaded(outside(path, str(path.parent / "n.data"), folder=tmp_path), "onnx")


def test_a_link_that_leads_outside_is_not_followed(path, tmp_path):
    outside(path, "n.data")
    (path.parent / "n.data").rename(tmp_path / "away")
    (path.parent / "n.data").symlink_to(tmp_path / "away")
    with pytest.raises(ExplorerError, match="does not lie in its folder"):
        loaded(path, "onnx")


def test_what_is_no_file_or_not_there_or_too_short_is_told(path):
    outside(path, "n.data")
    data = path.parent / "n.data"
    data.write_bytes(data.read_bytes()[:-1])
    with pytest.raises(ExplorerError, match=r"asks for numbers that n\.data does not have; copy both files again"):
        loaded(path, "onnx")
    data.unlink()
    with pytest.raises(ExplorerError, match=r"keeps numbers in another file, 'n\.data', which is not there"):
        loaded(path, "onnx")
    os.mkfifo(data)
    with pytest.raises(ExplorerError, match=r"'n\.data', which is no file"):
        loaded(path, "onnx")


def test_numbers_outside_count_for_the_identity(path):
    outside(path, "n.data")
    before = onnx_file.content_digest(str(path))
    data = path.parent / "n.data"
    data.write_bytes(data.read_bytes()[::-1])
    assert onnx_file.content_digest(str(path)) != before


def test_many_tensors_of_one_part_of_a_file_are_counted_each(path, monkeypatch):
    outside(path, "n.data")
    model = onnx.load(path, load_external_data=False)
    for number in range(200):
        model.graph.initializer.add().CopyFrom(model.graph.initializer[0])
        model.graph.initializer[-1].name = f"more{number}"
    path.write_bytes(model.SerializeToString())
    monkeypatch.setattr(onnx_file, "MOST_BYTES", path.stat().st_size + 2000)
    with pytest.raises(ExplorerError, match=r"ONNX networks of up to .* are read, so give a smaller one"):
        loaded(path, "onnx")


# Damage and size


def test_a_file_that_would_take_far_more_than_its_bytes_is_not_parsed(path, monkeypatch):
    monkeypatch.setattr(onnx_file, "MOST_GRAPH", 2**20)
    empty_nodes = b"\x0a\x00" * 10_000
    path.write_bytes(
        b"\x08\x09\x3a"
        + bytes([0x80 | len(empty_nodes) & 127, 0x80 | len(empty_nodes) >> 7 & 127, len(empty_nodes) >> 14])
        + empty_nodes
    )
    with pytest.raises(ExplorerError, match="would take far more memory than it has bytes"):
        loaded(path, "onnx")


def test_the_estimate_holds_what_the_parser_makes(path):
    model = onnx.load(path)
    assert onnx_size.parsed_bytes(path.read_bytes(), model.DESCRIPTOR, 2**30) > path.stat().st_size
    nested = b""
    for _ in range(60):  # a graph in an attribute of a node of a graph …
        for tag in (0x32, 0x2A, 0x0A):
            nested = bytes([tag]) + onnx_length(len(nested)) + nested
    with pytest.raises(ValueError, match="nested too deeply"):
        onnx_size.parsed_bytes(b"\x3a" + onnx_length(len(nested)) + nested, model.DESCRIPTOR, 2**30)


def onnx_length(number):
    return bytes([number]) if number < 128 else bytes([0x80 | number & 127]) + onnx_length(number >> 7)


@pytest.mark.parametrize("cut", [3, 40, -20])
def test_what_is_damaged_is_told(cut, path):
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(
        ExplorerError, match=r"is a damaged ONNX file; copy it again, or save it anew by torch\.onnx\.export"
    ):
        loaded(path, "onnx")


def test_damage_anywhere_ends_in_a_sentence_or_in_features(path):
    rng, whole = np.random.default_rng(0), path.read_bytes()
    for _ in range(150):
        changed = bytearray(whole)
        for place in rng.integers(2, len(whole), size=rng.integers(1, 4)):
            changed[place] = rng.integers(256)
        path.write_bytes(bytes(changed))
        with contextlib.suppress(ExplorerError):  # anything else that is raised fails the test
            features(loaded(path, "onnx"))


# Words


def test_words_and_files_that_do_not_go_together_are_told_without_torch(path, tmp_path):
    (tmp_path / "other.onnx").write_bytes(b"no graph")
    for name, spec, message in (
        ("onnx", NetworkSpec(), r"--backbone onnx needs the network's file; give --checkpoint PATH"),
        (
            "onnx",
            NetworkSpec(str(tmp_path / "other.onnx")),
            r"is no ONNX file by its content; leave --backbone onnx out",
        ),
        ("resnet18", NetworkSpec(str(path)), r"is of ONNX and brings its own architecture, so resnet18 is not needed"),
    ):
        with pytest.raises(ExplorerError, match=message):
            check_network(name, spec)


def test_without_the_extra_the_sentence_has_the_command(path, monkeypatch):
    def missing(name):
        raise ImportError(f"No module named {name!r}")

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(
        ExplorerError,
        match=r"is an ONNX file, which needs onnx and onnxruntime .*run pip install 'influence-explorer\[onnx\]'",
    ):
        own_size("onnx", NetworkSpec(str(path)))
