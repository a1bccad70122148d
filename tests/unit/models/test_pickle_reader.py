"""Pickles read as tensors and nothing else: equal to torch's own reader, and no file makes anything run or raises anything else."""

import argparse
import collections
import contextlib
import io
import pickle
import struct
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.core.errors import ExplorerError
from explorer.models.custom.checkpoint import opened
from explorer.models.custom.files.inert import Inert, MalformedError, OddTensor
from explorer.models.custom.files.pickle_reader import read_pickle
from explorer.models.custom.files.torch_file import read_pickles, read_zip
from explorer.models.custom.fitting.weight_sets import weight_sets
from tests.support.networks import network, saved

FORMS = pytest.mark.parametrize("zipped", [True, False], ids=["zip", "older form"])


# Tensors


def odd_tensors():
    base = torch.arange(100.0)
    return {
        "a view": base[3:90:7],
        "turned": torch.rand(4, 5).t(),
        "one number many times": torch.zeros(1).expand(10**6),
        "bfloat16": torch.rand(3).bfloat16(),
        "half": torch.rand(3).half(),
        "double": torch.rand(3).double(),
        "yes or no": torch.tensor([True, False]),
        "int8": torch.tensor([-1], dtype=torch.int8),
        "uint8": torch.tensor([200], dtype=torch.uint8),
        "int64": torch.tensor([2**40]),
        "complex": torch.ones(2, dtype=torch.complex64),
        "none": torch.empty(0, 3),
        "one": torch.tensor(3.0),
        "a parameter": torch.nn.Parameter(torch.rand(2)),
        "shares its numbers": base,
    }


@FORMS
def test_tensors_equal_those_of_torch(zipped, tmp_path):
    torch.save(odd_tensors(), path := tmp_path / "a.pth", _use_new_zipfile_serialization=zipped)
    expected, file = torch.load(path, weights_only=True), (read_zip if zipped else read_pickles)(path)
    assert list(file.content) == list(expected)
    for name, record in file.content.items():
        torch.testing.assert_close(file.tensor(record), expected[name].detach(), rtol=0, atol=0)


def test_tensors_that_share_their_numbers_are_read_once(tmp_path):
    file = read_zip(Path(saved(odd_tensors(), tmp_path / "a.pth")))
    first, second = (file.tensor(file.content[name]) for name in ("a view", "shares its numbers"))
    assert first.untyped_storage().data_ptr() == second.untyped_storage().data_ptr()


def test_a_state_dict_pickled_without_torch_save_is_read(tmp_path):
    state = network().state_dict()
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(state))
    file = opened(str(tmp_path / "a.pkl"))
    assert list(file.content) == list(state)
    for name, value in file.content.items():
        torch.testing.assert_close(file.tensor(value, name, ""), state[name], rtol=0, atol=0)


@FORMS
def test_a_whole_network_gives_the_tensors_of_its_state_dict(zipped, tmp_path):
    net = network()
    torch.save(net, path := tmp_path / "a.pth", _use_new_zipfile_serialization=zipped)
    file = opened(str(path))
    [found] = weight_sets(file.content)
    assert found.made_of == "torchvision.models.shufflenetv2.ShuffleNetV2"
    expected = net.state_dict()
    assert set(found.state) == set(expected)
    for name, value in found.state.items():
        torch.testing.assert_close(file.tensor(value, name, ""), expected[name], rtol=0, atol=0)


@FORMS
def test_what_is_no_tensor_becomes_a_stand_in(zipped, tmp_path):
    content = {
        "args": argparse.Namespace(lr=0.1),
        "path": Path("/somewhere"),
        "score": np.float64(0.9),
        "table": np.arange(4),
        "seen": {1, 2},
        "counts": collections.defaultdict(list, {"a": [1]}),
        "device": torch.device("cpu"),
        "sparse": torch.eye(2).to_sparse(),
        "type": torch.float32,
        "epoch": 3,
    }
    torch.save(content, path := tmp_path / "a.pth", _use_new_zipfile_serialization=zipped)
    found = opened(str(path)).content
    assert isinstance(found["args"], Inert)
    assert (found["args"].name, found["args"].state) == ("argparse.Namespace", {"lr": 0.1})
    assert isinstance(found["sparse"], OddTensor)
    assert (found["epoch"], found["counts"]) == (3, {"a": [1]})
    assert {type(found[key]).__name__ for key in ("path", "score", "table", "device")} == {"Inert"}


# Tricks


def touched(path):
    return f"(S'{path}'\n".encode()


CALLS = {
    "REDUCE": lambda path: b"cos\nmkdir\n" + touched(path) + b"tR.",
    "NEWOBJ": lambda path: b"\x80\x02cos\nmkdir\n" + touched(path) + b"t\x81.",
    "NEWOBJ_EX": lambda path: b"\x80\x04cos\nmkdir\n" + touched(path) + b"t}\x92.",
    "INST": lambda path: touched(path) + b"ios\nmkdir\n.",
    "OBJ": lambda path: b"(cos\nmkdir\nS'" + str(path).encode() + b"'\no.",
    "STACK_GLOBAL": lambda path: b"\x80\x04\x8c\x02os\x8c\x05mkdir\x93" + touched(path) + b"tR.",
    "a builtin": lambda path: b'cbuiltins\neval\n(S\'__import__("os").mkdir("' + str(path).encode() + b"\")'\ntR.",
    "getattr of a global": lambda path: b"cbuiltins\ngetattr\n(cos\nS'mkdir'\ntR" + touched(path) + b"tR.",
    "BUILD with a state that sets": lambda path: (
        b"cargparse\nNamespace\n)R}S'__setstate__'\ncos\nmkdir\nsb" + touched(path)[1:] + b"b."
    ),
    "BUILD of a table": lambda path: b"ccollections\nOrderedDict\n)R}S'__class__'\ncos\nmkdir\nsb.",
    "a maker of tensors around it": lambda path: (
        b"ctorch._tensor\n_rebuild_from_type_v2\n(cos\nmkdir\ncos\nmkdir\n" + touched(path) + b"tNtR."
    ),
}


@pytest.mark.parametrize("call", CALLS)
def test_no_opcode_calls_anything(call, tmp_path):
    content = CALLS[call](tmp_path / "ran")
    read_pickle(io.BytesIO(content))
    assert not (tmp_path / "ran").exists()


def test_the_first_of_these_would_have_worked(tmp_path):
    pickle.loads(CALLS["REDUCE"](tmp_path / "ran"))
    assert (tmp_path / "ran").exists()


def identity(kind=b"ctorch\nFloatStorage\n", key=b"S'0'\n", count=b"I4\n"):
    return b"(S'storage'\n" + kind + key + b"S'cpu'\n" + count + b"tQ"


def tensor(offset=b"I0\n", size=b"(I4\nt", stride=b"(I1\nt", block=None):
    head = b"ctorch._utils\n_rebuild_tensor_v2\n("
    return b"\x80\x02" + head + (block or identity()) + offset + size + stride + b"I00\n)tR."


WRONG = {
    "numbers before the first": tensor(offset=b"I-1\n"),
    "numbers behind the last": tensor(offset=b"I1\n"),
    "too many numbers": tensor(size=b"(I5\nt"),
    "a step that leaves them": tensor(stride=b"(I2\nt"),
    "a step backwards": tensor(stride=b"(I-1\nt"),
    "a size that is no number": tensor(size=b"(S'4'\nt"),
    "a size that is a list": tensor(size=b"(lI4\na"),
    "sizes without steps": tensor(size=b"(I2\nI2\nt"),
    "more dimensions than any": tensor(size=b"(" + b"I1\n" * 40 + b"t", stride=b"(" + b"I1\n" * 40 + b"t"),
    "a count below nothing": tensor(block=identity(count=b"I-4\n")),
    "a count beyond all disks": tensor(block=identity(count=b"L" + b"9" * 30 + b"L\n")),
    "a key that is a number": tensor(block=identity(key=b"I0\n")),
    "an ending too early": tensor()[:-1],
    "a memo that was never filled": b"g5\n.",
    "a pop from nothing": b"0.",
    "a mark that is missing": b"t.",
    "an opcode that is none": b"\xff.",
    "a name without end": b"\x80\x04\x8c\xc8" + b"a" * 200 + b"\x8c\x01b\x93.",
    "a pickle inside a pickle inside a pickle": b"ctorch.storage\n_load_from_bytes\n(B\x02\x00\x00\x00}.tR.",
    "an odd number of keys and values": b"}(I1\nu.",
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_pickle_that_is_wrong_is_refused(wrong):
    with pytest.raises(MalformedError):
        read_pickle(io.BytesIO(WRONG[wrong]))


STAND_INS = {
    "a registered extension": b"\x82\x01.",
    "a persistent id of another kind": b"(S'file'\nS'/etc/passwd'\ntQ.",
    "a persistent id that is a text": b"PS'/etc/passwd'\n.",
    "a buffer outside": b"\x80\x05\x97.",
}


@pytest.mark.parametrize("stand_in", STAND_INS)
def test_what_lies_elsewhere_is_not_looked_for(stand_in):
    assert isinstance(read_pickle(io.BytesIO(STAND_INS[stand_in])), Inert)


def test_deep_and_wide_pickles_cost_no_more_than_their_bytes():
    deep = b"}" + b")" + b"\x85" * 100_000 + b"Ns."  # a tuple in a tuple …, as a key: its hash would exhaust the stack
    assert read_pickle(io.BytesIO(deep)) == {}
    again = (
        b"ccollections\nOrderedDict\nq\x00(]q\x01(" + b"(I1\nI2\nt" * 2000 + b"etR0" + b"h\x00(h\x01tR0" * 3_000 + b"N."
    )
    assert read_pickle(io.BytesIO(again)) is None  # a list of pairs serves once


def test_a_zip_whose_parts_overlap_is_refused(tmp_path):
    path = tmp_path / "a.pth"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/data.pkl", tensor())
        archive.writestr("a/data/0", bytes(16))
    content = path.read_bytes()
    size = struct.pack("<II", 16, 16)
    path.write_bytes(content.replace(size, struct.pack("<II", 10**6, 10**6)))
    with pytest.raises(ExplorerError, match=r"is damaged or no checkpoint"):
        opened(str(path))


def test_a_zip_with_a_list_longer_than_any_is_refused_before_it_is_read(tmp_path, monkeypatch):
    from explorer.models.custom.files import zip_bounds

    path = tmp_path / "a.pth"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(50):
            archive.writestr(f"a/data/{number}", b"")
        archive.writestr("a/data.pkl", tensor())
    assert zip_bounds.list_is_small(path)
    monkeypatch.setattr(zip_bounds, "LISTED", 1000)
    with pytest.raises(ExplorerError, match=r"is a zip, but no checkpoint"):
        opened(str(path))


# Any bytes

DRAWER = tempfile.TemporaryDirectory()


def state_bytes(zipped):
    stream = io.BytesIO()
    content = {"state_dict": {"a.weight": torch.rand(3, 2), "b": torch.rand(2)}, "args": argparse.Namespace(lr=1)}
    torch.save(content, stream, _use_new_zipfile_serialization=zipped)
    return stream.getvalue()


VALID = [state_bytes(True), state_bytes(False), tensor(), *(make("/nowhere/ran") for make in CALLS.values())]


@given(
    st.sampled_from(VALID),
    st.lists(st.tuples(st.integers(0, 5000), st.binary(min_size=1, max_size=4)), max_size=8),
    st.integers(0, 6000),
)
@settings(max_examples=150, deadline=None)
def test_damaged_files_are_read_or_refused_and_nothing_else(content, changes, end):
    changed = bytearray(content)
    for place, new in changes:
        at = place % len(changed)
        changed[at : at + len(new)] = new
    _read_whole(bytes(changed[: max(1, end)] if end % 3 == 0 else changed))


@given(st.lists(st.sampled_from([bytes([each]) for each in range(256)]), min_size=1, max_size=60).map(b"".join))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_read_or_refused_and_nothing_else(content):
    _read_whole(b"\x80\x04" + content)


def _read_whole(content):
    path = Path(DRAWER.name) / "a.pth"
    path.write_bytes(content)
    with contextlib.suppress(ExplorerError):
        file = opened(str(path))
        for found in weight_sets(file.content):
            for name, value in found.state.items():
                file.tensor(value, name, "")


LARGE = {"cut by the limit": (pickle.dumps(bytes(999)), "too long"), "no pickle": (b"no pickle" + bytes(999), "opcode")}


@pytest.mark.parametrize("case", LARGE)
def test_only_a_pickle_that_goes_on_behind_the_limit_is_called_too_long(case, tmp_path, monkeypatch):
    monkeypatch.setattr("explorer.models.custom.files.torch_file.PICKLE", 100)
    content, sentence = LARGE[case]
    (tmp_path / "a.pth").write_bytes(content)
    with pytest.raises(MalformedError, match=sentence):
        read_pickles(tmp_path / "a.pth")
