"""CIFAR-10N: its file is read without running it, and its labels are laid on the right pictures."""

import io
import os
import pickle
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

from explorer.core.checksums import digest, file_digest
from explorer.core.download import pip_download_source
from explorer.core.errors import DamagedError, ExplorerError, UnavailableError
from explorer.core.progress import silent
from explorer.datasets import SOURCES
from explorer.datasets.sources import cifar, cifar_n
from explorer.datasets.sources.cifar import CLASSES, Cifar, Images
from explorer.datasets.sources.cifar_n import CifarN, read_labels

CAT, DOG, DEER = (CLASSES.index(name) for name in ("cat", "dog", "deer"))
# Official labels of a small CIFAR, and what three people said of it; the first and fifth picture are neither cat nor dog.
CLEAN = [9, CAT, CAT, DOG, 0, DOG, CAT, DOG]
WORST = [9, CAT, DOG, CAT, CAT, DEER, DEER, DOG]
LABELS = {
    "clean_label": CLEAN,
    "aggre_label": CLEAN,
    "worse_label": WORST,
    "random_label1": [9, DOG, CAT, DOG, 0, DOG, CAT, 1],
    "random_label2": CLEAN,
}
PETS = Cifar("pets", "Pets", ("cat", "dog"))


def torch_file(content):
    """What ``torch.save`` writes for a dictionary of arrays: a ZIP with one pickle of protocol 2."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(content, protocol=2))
        archive.writestr("archive/version", "3\n")
    return stream.getvalue()


def arrays(labels):
    return {name: np.array(values, dtype=np.int64) for name, values in labels.items()}


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A CIFAR of eight pictures at home, and a registry with CIFAR-10N's package for it; returns what to change."""
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path))
    pixels = np.arange(8 * 3, dtype=np.uint8).reshape(8, 1, 1, 3)
    monkeypatch.setattr(cifar, "fetch", lambda *_: (Images(pixels, np.array(CLEAN)), "here"))
    package = {"member": cifar_n.MEMBER, "content": torch_file(arrays(LABELS)), "asked": 0}

    def deliver(name, checksum, folder, size, progress):
        package["asked"] += 1
        entry = tarfile.TarInfo(package["member"])
        entry.size = len(package["content"])
        with tarfile.open(folder / "package.tar.gz", "w:gz") as archive:
            archive.addfile(entry, io.BytesIO(package["content"]))
        return folder / "package.tar.gz"

    monkeypatch.setattr(cifar_n, "pip_download_source", deliver)
    monkeypatch.setattr(cifar_n, "OFFICIAL", digest(np.array(CLEAN, dtype=np.int64).tobytes()))
    return package


def test_all_arrays_of_the_file_are_read():
    found = read_labels(torch_file(arrays(LABELS)))
    assert {name: values.tolist() for name, values in found.items()} == LABELS


class Bomb:
    def __reduce__(self):
        return os.mkdir, ("exploded",)


BROKEN = {
    "runs code": (torch_file({"clean_label": Bomb()}), r"it asks for \w+\.mkdir, which labels do not need"),
    "no archive": (b"labels", r"cannot be read \(File is not a zip file\)$"),
    "no numbers": (torch_file({"clean_label": "cat"}), r"cannot be read \(invalid literal for int"),
    "no dictionary": (torch_file([3, 5]), r"cannot be read \('list' object has no attribute 'items'\)$"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_of_anything_else_is_refused(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    content, sentence = BROKEN[name]
    with pytest.raises(DamagedError, match=sentence):
        read_labels(content)
    assert list(tmp_path.iterdir()) == []


def test_human_labels_are_laid_on_their_pictures_and_the_official_ones_are_the_truth(small):
    found, official = CifarN(PETS, "worst").open(silent), PETS.open(silent)
    assert (found.name, found.title) == ("pets-worst", "Pets, labelled by people (worst)")
    assert (found.train.labels.tolist(), found.train.truth.tolist()) == ([0, 1, 0, 1], [0, 0, 1, 1])
    assert found.train.ids == [official.train.ids[row] for row in (0, 1, 2, 5)]
    assert found.test.labels.tolist() == official.test.labels.tolist()


def test_what_is_left_out_and_the_licence_stand_on_the_screen(small):
    found = CifarN(PETS, "worst").open(silent)
    assert "2 of 4 are not the official ones." in found.notice
    assert "people named another class: 1 cat images and 1 dog images. Licence CC BY-NC 4.0." in found.notice
    assert found.facts["licence of the labels"] == "CC BY-NC 4.0"
    assert found.facts["left out"] == "1 cat images and 1 dog images"


@pytest.mark.parametrize(("kind", "labels"), [("aggregate", [0, 0, 1, 1, 0, 1]), ("random1", [1, 0, 1, 1, 0])])
def test_each_set_of_labels_is_its_own_data_set(small, kind, labels):
    assert CifarN(PETS, kind).open(silent).train.labels.tolist() == labels


def test_the_labels_are_fetched_once_for_all_sets(small):
    assert not CifarN(PETS, "worst").cached()
    for kind in cifar_n.KINDS:
        CifarN(PETS, kind).open(silent)
    assert CifarN(PETS, "worst").cached()
    assert small["asked"] == 1
    assert sorted(path.name for path in cifar_n.folder().iterdir()) == [
        "aggregate.npy",
        "clean.npy",
        "manifest.json",
        "random1.npy",
        "worst.npy",
    ]


def test_damaged_labels_are_fetched_again(small):
    before = CifarN(PETS, "worst").open(silent).digest
    (cifar_n.folder() / "worst.npy").write_bytes(b"damaged")
    assert CifarN(PETS, "worst").open(silent).digest == before
    assert small["asked"] == 2


REFUSED = {
    "other clean labels": ({"content": torch_file(arrays(LABELS | {"clean_label": WORST}))}, "not CIFAR-10's"),
    "a set is missing": (
        {"content": torch_file(arrays({"clean_label": CLEAN}))},
        "does not hold aggre_label, random_label1, worse_label",
    ),
    "no such file": ({"member": "other"}, rf"docta-ai==0\.3 does not hold {cifar_n.MEMBER}"),
    "no labels": ({"content": b"none"}, "cannot be read"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_package_with_other_content_is_refused_and_leaves_nothing(small, name):
    changes, sentence = REFUSED[name]
    small.update(changes)
    with pytest.raises(UnavailableError, match=rf"^The human labels of CIFAR-10N could not be fetched: .*{sentence}"):
        CifarN(PETS, "worst").open(silent)
    assert not cifar_n.folder().exists()


def test_labels_of_other_pictures_are_refused(small, monkeypatch):
    CifarN(PETS, "worst").open(silent)
    others = Images(np.zeros((8, 1, 1, 3), dtype=np.uint8), np.array(CLEAN[::-1]))
    monkeypatch.setattr(cifar, "fetch", lambda *_: (others, "here"))
    with pytest.raises(ExplorerError, match=r"^CIFAR-10N does not describe these pictures"):
        CifarN(Cifar("others", "Others", ("cat", "dog")), "worst").open(silent)


# Fetching: from a folder that pip takes for its registry.


@pytest.fixture
def registry(tmp_path, monkeypatch):
    """A registry with the source archive of ``spot`` 1.0, whose setup.py leaves a trace; returns the archive."""
    setup = f"from setuptools import setup; open({str(tmp_path / 'trace')!r}, 'w').close(); setup(name='spot', version='1.0')"
    files = {"spot-1.0/setup.py": setup, "spot-1.0/PKG-INFO": "Metadata-Version: 2.1\nName: spot\nVersion: 1.0\n"}
    (tmp_path / "registry").mkdir()
    with tarfile.open(tmp_path / "registry/spot-1.0.tar.gz", "w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "registry"))
    (tmp_path / "here").mkdir()
    return tmp_path / "registry/spot-1.0.tar.gz"


def test_a_source_archive_with_the_expected_checksum_is_fetched(registry, tmp_path):
    found = pip_download_source("spot==1.0", file_digest(registry), tmp_path / "here", 1000, silent)
    assert (found.parent, found.read_bytes()) == (tmp_path / "here", registry.read_bytes())


def test_a_source_archive_with_another_checksum_is_refused_before_anything_in_it_runs(registry, tmp_path):
    with pytest.raises(UnavailableError, match=r"^Fetching spot==1\.0 failed: "):
        pip_download_source("spot==1.0", "0" * 64, tmp_path / "here", 1000, silent)
    assert not (tmp_path / "trace").exists()
    assert list((tmp_path / "here").glob("*.tar.gz")) == []


# Counted on 2026-11-25 in the real file: cats called dogs, dogs called cats, cats and dogs left out.
COUNTED = {"worst": (1028, 915, 1536, 1184), "random1": (542, 409, 743, 474), "aggregate": (287, 258, 587, 282)}
REAL = Path.home() / ".cache/influence-explorer"


@pytest.mark.skipif(not (REAL / "data/cifar-10n/manifest.json").is_file(), reason="CIFAR-10N was not fetched")
@pytest.mark.parametrize("kind", cifar_n.KINDS)
def test_the_real_labels_have_as_many_errors_as_were_counted(kind, monkeypatch):
    monkeypatch.setenv("EXPLORER_HOME", str(REAL))
    source = SOURCES[f"cats-vs-dogs-{kind}"]
    train = source.open(silent).train
    wrong = [int(((train.truth == true) & (train.labels == given)).sum()) for true, given in ((0, 1), (1, 0))]
    assert (*wrong, *(5000 - np.bincount(train.truth)).tolist()) == COUNTED[kind]
