"""Features in files of some rows by worker processes: those of one process, whatever the pictures lie in; nothing is done twice."""

import io
import tarfile

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.numpy import load

from explorer.core.packed_arrays import packed
from explorer.core.progress import silent
from explorer.core.scale import sharded
from explorer.datasets import open_dataset
from explorer.datasets.base import Dataset, Split
from explorer.datasets.packed import Hashes, Texts
from explorer.datasets.picture_lists import arrays_of, pictures_of
from explorer.datasets.pictures import ArrayPictures
from explorer.engine.processes import Processes
from explorer.models.backbones import Backbone, extract_features
from explorer.models.custom.spec import TORCHSCRIPT, NetworkSpec
from explorer.models.feature_shards import Network, compute, feature_files
from explorer.models.features import place_of, raw_features
from explorer.models.preparation.preparation import Preparation
from tests.support.onnx_files import tiny

N, ROWS, SIZE = 30, 8, 32
PIXELS = np.random.default_rng(0).integers(0, 256, (N, 9, 9, 3), dtype=np.uint8)


class Here(Processes):
    """Workers in this process, which starts in no time, so that its calls can be counted."""

    def calls(self, calls):
        for place, (function, given) in enumerate(calls):
            yield place, function(*given)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("EXPLORER_SHARD_ROWS", str(ROWS))
    return tmp_path


@pytest.fixture
def backbone(tmp_path):
    torch.jit.save(torch.jit.trace(tiny(), torch.rand(2, 3, SIZE, SIZE)), str(tmp_path / "net.pt"))
    return Backbone(TORCHSCRIPT, SIZE, NetworkSpec(str(tmp_path / "net.pt"), trust_code=True))


def png(pixels):
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def in_tar(folder):
    folder.mkdir()
    with tarfile.open(folder / "train-0.tar", "w") as archive:
        for row, pixels in enumerate(PIXELS):
            for ending, content in (("png", png(pixels)), ("cls", str(row % 2).encode())):
                info = tarfile.TarInfo(f"{row:03d}.{ending}")
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    return open_dataset(str(folder)).train


def in_folders(folder):
    for row, pixels in enumerate(PIXELS):
        path = folder / "ab"[row % 2] / f"{row}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(pixels))
    return open_dataset(str(folder)).train


def in_parquet(folder):
    import pyarrow
    import pyarrow.parquet

    folder.mkdir()
    cells = [{"bytes": png(pixels), "path": None} for pixels in PIXELS]
    table = pyarrow.table({"image": cells, "label": [row % 2 for row in range(N)]})
    pyarrow.parquet.write_table(table, folder / "train.parquet", row_group_size=7)
    return open_dataset(str(folder)).train


def in_memory(_):
    return Split(ArrayPictures(PIXELS), np.arange(N) % 2)


@pytest.mark.parametrize("made", [in_tar, in_folders, in_parquet, in_memory])
def test_a_list_of_pictures_holds_the_same_pictures(made, tmp_path):
    split = made(tmp_path / "data")
    rows = np.array([5, 2, 17])
    found = pictures_of(load(packed(arrays_of(split.take(np.arange(3, len(split.labels))).pictures, rows))))
    for place, row in enumerate(rows + 3):
        np.testing.assert_array_equal(np.asarray(found[place]), np.asarray(split.pictures[int(row)]))


def test_files_of_features_are_those_of_one_process_and_no_second_call_computes(backbone, tmp_path, monkeypatch):
    split, network = in_tar(tmp_path / "data"), backbone.load(silent)
    seen = []
    engine = Here()
    files = feature_files(
        Network(network, backbone), backbone.recipe, split, "", lambda *said: seen.append(said[1]), engine
    )
    assert [len(np.load(path)) for path in files] == [8, 8, 8]
    truth = extract_features(network, split.pictures, range(len(split.labels)), Preparation.usual(SIZE))
    np.testing.assert_allclose(np.concatenate([np.load(path) for path in files]), truth, rtol=1e-5, atol=1e-6)
    assert seen == sorted(seen)
    assert seen[-1] == len(split.labels)
    files[1].write_bytes(files[1].read_bytes()[:-1] + b"x")  # damaged: that one is computed again, and only that one
    files[2].with_suffix(".sum.npy").unlink()
    calls = []
    monkeypatch.setattr("explorer.models.feature_shards.compute", lambda *given: (calls.append(given), compute(*given)))
    assert feature_files(Network(network, backbone), backbone.recipe, split, "", silent, engine) == files
    assert [given[0] for given in calls] == [str(path.with_suffix(".list")) for path in files[1:3]]
    np.testing.assert_allclose(np.concatenate([np.load(path) for path in files]), truth, rtol=1e-5, atol=1e-6)


def test_features_of_other_data_sets_are_used_in_either_form(backbone, tmp_path):
    split, network = in_folders(tmp_path / "data"), backbone.load(silent)
    whole = raw_features(network, backbone.recipe, split.take(np.arange(10)), "", silent)
    files = feature_files(Network(network), backbone.recipe, split, "", silent, Here())
    np.testing.assert_array_equal(np.concatenate([np.load(path) for path in files])[:10], whole)

    def fails(*_):
        raise AssertionError("all of them are known")

    backwards = split.take(np.arange(len(split.labels))[::-1])
    network.forward = fails
    found = raw_features(network, backbone.recipe, backwards, "", silent)
    np.testing.assert_array_equal(found[::-1], np.concatenate([np.load(path) for path in files]))


def test_workers_in_processes_write_what_this_process_would(backbone, tmp_path):
    split, network = in_tar(tmp_path / "data"), backbone.load(silent)
    with Processes(1) as engine:
        files = feature_files(Network(network, backbone), backbone.recipe, split, "", silent, engine)
    written = [path.read_bytes() for path in files]
    for path in place_of(backbone.recipe, split).glob("*.npy"):
        path.unlink()
    feature_files(Network(network, backbone), backbone.recipe, split, "", silent, Here())
    assert [path.read_bytes() for path in files] == written


def test_packed_texts_and_ids_are_sequences():
    texts = ["", "cat/é.png", "b\udcff.png", "long" * 9]
    packed = Texts.of(texts)
    assert list(packed) == texts
    assert list(packed[1:3]) == texts[1:3]
    assert list(packed.take(np.array([3, 0, 1]))) == [texts[3], texts[0], texts[1]]
    assert packed[-1] == texts[-1]
    ids = ["00000000000000ff", "fedcba9876543210"]
    assert Hashes.of(ids) == ids
    assert Hashes.of(ids)[1:] == ids[1:]
    assert f"{Hashes.of(ids).numbers[1]:016x}" == ids[1]


def test_a_large_data_set_is_hashed_by_bytes_and_known_by_its_old_digest(monkeypatch):
    def made(labels):
        return Dataset(
            "", "", ("a", "b"), Split(ArrayPictures(PIXELS), labels), Split(ArrayPictures(PIXELS[:2]), labels[:2])
        )

    labels = np.arange(N) % 2
    old = made(labels).digest
    monkeypatch.setenv("EXPLORER_SHARDED_FROM", "20")
    assert sharded(21)
    assert not sharded(20)
    new = made(labels)
    assert new.digest != old
    assert new.has_digest(old)
    assert new.has_digest(new.digest)
    assert made(1 - labels).digest != new.digest
    assert not made(1 - labels).has_digest(old)
