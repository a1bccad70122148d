"""torchvision's data sets by name, from tiny copies in its own layouts; offline a sentence says how to place the files."""

import json
import struct
from urllib.error import URLError

import numpy as np
import pytest

from explorer.core.errors import DamagedError, UnavailableError
from explorer.datasets import SOURCES, open_dataset
from explorer.datasets.sources.torchvision_datasets import TORCHVISION_DATASETS
from tests.support.hostile_data import noise, put

JPEG = {row: noise(size=(8 + row, 9)) for row in range(8)}


def idx(array):
    """Return an array of bytes in the format of MNIST."""
    return struct.pack(">HBB", 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def fashion():
    pixels = np.arange(4 * 28 * 28, dtype=np.uint8).reshape(4, 28, 28)
    labels = np.array([0, 9, 0, 9], dtype=np.uint8)
    sides = [(side, kind) for side in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")]
    return {f"FashionMNIST/raw/{s}-{k}-ubyte": idx(pixels if "images" in k else labels) for s, k in sides}


def food():
    lists = {side: {name: [f"{name}/{2 * row + place}"] for place, name in enumerate(("cake", "soup"))} for row, side in enumerate(("train", "test"))}  # fmt: skip
    files = {f"food-101/meta/{side}.json": json.dumps(lists[side]).encode() for side in lists}
    places = [path for side in lists.values() for paths in side.values() for path in paths]
    return files | {f"food-101/images/{path}.jpg": JPEG[int(path[-1])] for path in places}


def pets():
    rows = {"trainval": ["Bengal_1 1 1 1", "beagle_2 2 2 1"], "test": ["Bengal_3 1 1 1", "beagle_4 2 2 1"]}
    files = {f"oxford-iiit-pet/annotations/{side}.txt": "\n".join(lines).encode() for side, lines in rows.items()}
    names = [line.split()[0] for lines in rows.values() for line in lines]
    return files | {f"oxford-iiit-pet/images/{name}.jpg": JPEG[int(name[-1])] for name in names}


def imagenette():
    places = [f"{side}/{wnid}" for side in ("train", "val") for wnid in ("n01440764", "n03888257")]
    return {f"imagenette2-160/{place}/a.JPEG": JPEG[row] for row, place in enumerate(places)}


COPIES = {
    "fashion-mnist": (fashion, ("Ankle boot", "T-shirt or top"), (4, 4)),
    "food101": (food, ("cake", "soup"), (2, 2)),
    "pets": (pets, ("cat", "dog"), (2, 2)),
    "pet-breeds": (pets, ("Beagle", "Bengal"), (2, 2)),
    "imagenette": (imagenette, ("parachute", "tench"), (2, 2)),
}


@pytest.mark.parametrize("name", COPIES)
def test_files_that_a_person_placed_are_opened(good_folder, name):
    files, classes, sizes = COPIES[name]
    put(SOURCES[name].folder(), files())
    assert SOURCES[name].cached()
    found = open_dataset(name)
    assert (found.name, found.class_names, found.skipped) == (name, classes, ())
    assert (len(found.train.ids), len(found.test.ids)) == sizes
    assert found.train.pictures[0].mode == "RGB"
    assert {*found.train.labels, *found.test.labels} == {0, 1}


@pytest.mark.parametrize("source", TORCHVISION_DATASETS, ids=lambda source: source.name)
def test_offline_a_sentence_says_where_to_put_what(good_folder, monkeypatch, source):
    def refuse(*words, **options):
        raise URLError("no such host")

    from explorer.core.torchvision_compat import torchvision

    monkeypatch.setattr(torchvision.datasets, source.kind, refuse)
    with pytest.raises(
        UnavailableError, match=r"could not be fetched \(.*no such host.*\)\. To place it by hand, put the"
    ) as told:
        source.open(lambda *report: None)
    assert str(told.value).endswith(f"into {source.folder()}.")
    assert not source.folder().exists()


def test_a_pickle_in_the_place_of_cifar_100_is_never_loaded(good_folder, tmp_path):
    from tests.support.hostile_data import trap

    source = SOURCES["cifar100"]
    put(source.folder(), {"cifar-100-python/train": trap(tmp_path / "made")})
    with pytest.raises(DamagedError, match=r"^CIFAR-100 in .* cannot be read \(.*\); take the folder away, or put"):
        source.open(lambda *report: None)
    assert not (tmp_path / "made").exists()


def test_damaged_files_are_said(good_folder):
    source = SOURCES["fashion-mnist"]
    put(source.folder(), {name: content[:50] for name, content in fashion().items()})
    with pytest.raises(DamagedError, match=r"^Fashion-MNIST in .* cannot be read"):
        source.open(lambda *report: None)
