"""Machines that share files by a store and no folder: the bits of one machine, from pictures to an answer; nothing damaged or old is used."""

import contextlib
import io
import os
import tarfile

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.attribution import Curvature, Scorer, estimator
from explorer.attribution.sharded import Asker
from explorer.core.errors import DamagedError, ExplorerError
from explorer.core.object_store import forgotten, name_of, offered
from explorer.core.progress import silent
from explorer.datasets import open_dataset
from explorer.datasets.picture_lists import arrays_of, pictures_of
from explorer.engine import Engine, Processes, Task, engine_of
from explorer.models.backbones import Backbone
from explorer.models.custom.spec import TORCHSCRIPT, NetworkSpec
from explorer.models.feature_shards import Network, feature_files
from explorer.models.head import Head
from explorer.models.sharded_head import standardised_table
from explorer.models.sharded_head.scaling import RawRows
from explorer.runs.build.sharded_fit import fit_in_shards
from explorer.shards import ShardedRows, link
from tests.support import dask_processes
from tests.support import engine_tasks as tasks
from tests.support.onnx_files import tiny

N, ROWS, SIZE = 40, 8, 32
PIXELS = np.random.default_rng(0).integers(0, 256, (N, 9, 9, 3), dtype=np.uint8)


class Elsewhere(Engine):
    """Calls are done in this process, but with the home of another machine."""

    name, workers = "elsewhere", 1

    def __init__(self, home):
        self.home = str(home)

    def calls(self, calls):
        for place, (function, given) in enumerate(calls):
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("EXPLORER_HOME", self.home)
                value = function(*given)
            yield place, value

    def close(self):
        pass


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """The home of the machine that asks."""
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("EXPLORER_SHARD_ROWS", str(ROWS))
    monkeypatch.setattr("explorer.engine.base._one_thread", lambda: None)
    return tmp_path / "home"


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_STORE", f"file://{tmp_path}/store")
    return tmp_path / "store"


@pytest.fixture
def elsewhere(tmp_path):
    return Elsewhere(tmp_path / "elsewhere")


def in_tar(folder):
    folder.mkdir(parents=True)
    with tarfile.open(folder / "train-0.tar", "w") as archive:
        for row, pixels in enumerate(PIXELS):
            stream = io.BytesIO()
            Image.fromarray(pixels).save(stream, "PNG")
            for ending, content in (("png", stream.getvalue()), ("cls", str(row % 2).encode())):
                info = tarfile.TarInfo(f"{row:03d}.{ending}")
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    return open_dataset(str(folder)).train


def answered(home, backbone, engine):
    """What a build and a question come to: the files of features, the head's weights, the curvature's factor, and a row of scores."""
    split = in_tar(home / "data/pictures")
    network = Network(backbone.load(silent), backbone)
    raw = RawRows(feature_files(network, backbone.recipe, split, "", silent, engine), ROWS)
    labels = np.asarray(split.labels)
    fit = fit_in_shards(raw, labels, 2, 0.1, home / "runs/.work-x", engine, {}, silent)
    (home / "runs/x").mkdir()
    link(fit.rows.table, home / "runs/x/shards")
    rows = ShardedRows.open(home / "runs/x/shards")
    head = Head(rows, labels, fit.head.weights, fit.head.l2)
    saved = {"factor": fit.factor, "removals": rows.table.gathered("removals")}
    asker = Asker(Scorer(Curvature(head, saved), estimator("newton")), engine, home / "runs/.work-x/asked")
    row = asker.row(np.ones(fit.rows.shape[1]), 1, 5)
    features = [path.read_bytes() for path in raw.files]
    return features, fit.head.weights, fit.factor, row.helpful, row.helpful_scores, row.harmful_scores, row.counts


@pytest.fixture
def backbone(tmp_path):
    torch.jit.save(torch.jit.trace(tiny(), torch.rand(2, 3, SIZE, SIZE)), str(tmp_path / "net.pt"))
    return Backbone(TORCHSCRIPT, SIZE, NetworkSpec(str(tmp_path / "net.pt"), trust_code=True))


def files_of(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_two_machines_make_the_bits_of_one_and_have_no_folder_in_common(tmp_path, home, store, backbone, monkeypatch):
    pytest.importorskip("distributed", reason="the extra dask is not installed")
    (tmp_path / "dask").mkdir()
    with contextlib.ExitStack() as stack:
        _, address = stack.enter_context(dask_processes.scheduler(tmp_path / "dask"))
        for name in ("a", "b"):
            machine = dask_processes.workers(address, 1, tmp_path / "dask", EXPLORER_HOME=str(tmp_path / name))
            stack.enter_context(machine)
        ours = answered(home, backbone, stack.enter_context(engine_of(address)))
    for name in ("a", "b"):
        assert any(path.startswith("runs/.work-x/sums/") for path in files_of(tmp_path / name)), f"{name} did nothing"
    # lists and the question are gone; coefficients stay for the next question
    assert not [path for path in files_of(store) if path.endswith(".list")]
    assert len([path for path in files_of(store) if path.startswith("runs/.work-x/asked/")]) == 1
    monkeypatch.delenv("EXPLORER_STORE")
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path / "one"))
    with Processes(1) as engine:
        theirs = answered(tmp_path / "one", backbone, engine)
    assert ours[0] == theirs[0]
    for one, other in zip(ours[1:], theirs[1:], strict=True):
        np.testing.assert_array_equal(one, other)


def raw_rows(home):
    """Raw features in two files below the home, as a build leaves them."""
    folder = home / "data/features"
    folder.mkdir(parents=True)
    for place in range(2):
        np.save(folder / f"{place}.npy", np.random.default_rng(place).normal(size=(ROWS, 3)).astype(np.float32))
        offered(folder / f"{place}.npy")
    return RawRows([folder / f"{place}.npy" for place in range(2)], ROWS)


def test_features_that_were_changed_in_the_store_are_not_used(home, store, elsewhere):
    raw = raw_rows(home)
    there = store / "data/features/1.npy"
    content = bytearray(there.read_bytes())
    content[-60] ^= 1
    there.write_bytes(content)
    with pytest.raises(DamagedError, match=r"data/features/1\.npy is missing or damaged"):
        standardised_table(raw, {}, home / "runs/x/shards", elsewhere, home / "runs/x/sums")


def test_what_another_machine_has_under_a_name_from_a_build_of_its_own_is_replaced(home, store, elsewhere, tmp_path):
    raw, other = raw_rows(home), tmp_path / "elsewhere/data/features"
    other.mkdir(parents=True)
    np.save(other / "0.npy", np.zeros((ROWS, 3), np.float32))
    rows, mean, _ = standardised_table(raw, {}, home / "runs/x/shards", elsewhere, home / "runs/x/sums")
    whole = np.concatenate([np.load(path) for path in raw.files])
    np.testing.assert_allclose(mean, whole.mean(axis=0), atol=1e-6)
    np.testing.assert_array_equal(np.load(other / "0.npy"), np.load(raw.files[0]))
    # and here, a shard of another build is replaced when the table is read
    shard = home / "runs/x/shards/features-00001.npy"
    np.save(shard, np.zeros((ROWS, 4), np.float16))
    expected = np.load(tmp_path / "elsewhere/runs/x/shards/features-00001.npy")
    np.testing.assert_array_equal(rows.table.taken(1, np.arange(ROWS)), expected)
    np.testing.assert_array_equal(np.load(shard), expected)


def test_a_machine_that_is_new_goes_on_from_what_the_others_have_finished(
    home, store, elsewhere, tmp_path, monkeypatch
):
    squares = [Task(tasks.squares, (str(tmp_path), place)) for place in range(4)]
    first = elsewhere.sum(squares, home / "work")
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path / "new"))
    second = Elsewhere(tmp_path / "third").sum(squares, tmp_path / "new/work")
    np.testing.assert_array_equal(second["numbers"], first["numbers"])
    assert [tasks.times(tmp_path, place) for place in range(4)] == [1] * 4
    forgotten(tmp_path / "new/work")
    assert files_of(store) == set()


def test_pictures_that_another_machine_lacks_are_said_with_where_they_may_lie(tmp_path, home, store, monkeypatch):
    arrays = arrays_of(in_tar(tmp_path / "pictures").pictures, np.arange(3))
    os.replace(tmp_path / "pictures", tmp_path / "unplugged")
    with pytest.raises(
        ExplorerError, match=r"has no folder .*pictures, .* same path .* tar, Parquet or Arrow files below"
    ):
        pictures_of(arrays)
    shared = in_tar(home / "data/pictures").pictures
    arrays = arrays_of(shared, np.arange(3))
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path / "elsewhere"))
    np.testing.assert_array_equal(np.asarray(pictures_of(arrays)[2]), PIXELS[2])
    assert name_of(tmp_path / "elsewhere/data/pictures/train-0.tar").startswith("file://")
    assert (tmp_path / "elsewhere/data/pictures/train-0.tar").is_file()
