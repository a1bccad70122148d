"""Data sets of ``torchvision.datasets``, fetched by its classes and cached; offline a person places the files by hand."""

import pickle
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from explorer.core import home
from explorer.core.errors import DamagedError, UnavailableError
from explorer.core.files import lock, writing_folder
from explorer.core.progress import Progress
from explorer.datasets.assembly import Entry, Listing, assemble
from explorer.datasets.base import Dataset, Split
from explorer.datasets.pictures import ArrayPictures
from explorer.datasets.sources.cifar import CONNECT_SECONDS

# What torchvision raises where a host does not answer or a file is not what it expects.
FAILURES = (OSError, RuntimeError, ValueError, KeyError, IndexError, EOFError, pickle.UnpicklingError)
# Arguments of torchvision's class for the training and the test images.
BOTH: tuple[dict[str, Any], ...] = ({"train": True}, {"train": False})


@dataclass(frozen=True)
class TorchvisionDataset:
    """One of torchvision's data sets.

    Attributes:
        name: the name that a command takes; ``title`` is the one on the screen.
        kind: name of torchvision's class.
        sides: arguments of that class for the training and for the test images.
        read: from torchvision's object to the images, as ``(n, h, w, 3)`` or as paths, and the class name of each.
        marker: a file or folder that exists where the data set is cached.
        place: what a person puts into :meth:`folder` by hand, as it stands in an error.
    """

    name: str
    title: str
    kind: str
    sides: tuple[dict[str, Any], ...]
    read: Callable[[Any], tuple[Any, list[str]]]
    marker: str
    place: str

    def folder(self) -> Path:
        """Return the folder of its files."""
        return home.data() / "torchvision" / self.kind

    def cached(self) -> bool:
        """Return whether its files are cached."""
        return (self.folder() / self.marker).exists()

    def open(self, progress: Progress) -> Dataset:
        """Return the data set, fetched first where it is not cached.

        Raises:
            UnavailableError: its host does not deliver it; the message says how to place the files by hand.
            DamagedError: its files are not what they should be.
        """
        with lock(self.folder()):
            if not self.cached():
                self._fetch(progress)
        try:
            train, test = (self.read(self._side(self.folder(), side)) for side in self.sides)
        except FAILURES as error:
            raise DamagedError(
                f"{self.title} in {self.folder()} cannot be read ({_reason(error)}); take the folder away, or put {self.place} there."
            ) from error
        if isinstance(train[0], np.ndarray):
            return self._of_arrays(train, test)
        return self._of_files(train, test, progress)

    def _fetch(self, progress: Progress) -> None:
        progress(f"Fetching {self.title}", 0, 1)
        before = socket.getdefaulttimeout()
        socket.setdefaulttimeout(CONNECT_SECONDS)
        try:
            with writing_folder(self.folder()) as working:
                for side in self.sides:
                    self._side(working, side, download=True)
                for archive in [*working.rglob("*.gz"), *working.rglob("*.tgz")]:
                    archive.unlink()  # what was in them lies beside them
        except FAILURES as error:
            raise UnavailableError(
                f"{self.title} could not be fetched ({_reason(error)}). To place it by hand, put {self.place} into {self.folder()}."
            ) from error
        finally:
            socket.setdefaulttimeout(before)
        progress(f"Fetching {self.title}", 1, 1)

    def _side(self, root: Path, side: dict[str, Any], download: bool = False) -> Any:
        from explorer.core.torchvision_compat import torchvision  # torch: loaded only when one of these is opened

        return getattr(torchvision.datasets, self.kind)(str(root), download=download, **side)

    def _of_files(self, train: Any, test: Any, progress: Progress) -> Dataset:
        root, entries = self.folder(), []
        for side, (paths, labels) in (("train", train), ("test", test)):
            files = [Path(path).relative_to(root).as_posix() for path in paths]
            entries += [Entry(file, label, side) for file, label in zip(files, labels, strict=True)]
        return assemble(Listing(self.name, self.title, root, entries, [], "classes"), progress)

    def _of_arrays(self, train: Any, test: Any) -> Dataset:
        names = sorted({*train[1], *test[1]})
        rows = {name: row for row, name in enumerate(names)}
        first, second = (
            Split(ArrayPictures(pixels), np.array([rows[label] for label in labels], dtype=np.int64))
            for pixels, labels in (train, test)
        )
        return Dataset(self.name, self.title, tuple(names), first, second)


def _reason(error: BaseException) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__


def _fashion(source: Any) -> tuple[Any, list[str]]:
    grey = source.data.numpy()
    return np.repeat(grey[..., None], 3, axis=3), [
        source.classes[label].replace("/", " or ") for label in source.targets
    ]


def _cifar(source: Any) -> tuple[Any, list[str]]:
    return source.data, [source.classes[label] for label in source.targets]


def _stl(source: Any) -> tuple[Any, list[str]]:
    return source.data.transpose(0, 2, 3, 1), [source.classes[label] for label in source.labels]


def _food(source: Any) -> tuple[Any, list[str]]:
    return source._image_files, [source.classes[label] for label in source._labels]


def _imagenette(source: Any) -> tuple[Any, list[str]]:
    return [path for path, _ in source._samples], [source.classes[label][0] for _, label in source._samples]


def _breeds(source: Any) -> tuple[Any, list[str]]:
    return source._images, [source.classes[label] for label in source._labels]


def _cats_dogs(source: Any) -> tuple[Any, list[str]]:
    return source._images, [source.bin_classes[label].lower() for label in source._bin_labels]


_SPLITS = ({"split": "train"}, {"split": "test"})
_PETS = ("OxfordIIITPet", ({"split": "trainval"}, {"split": "test"}))
_PET_FILES = ("oxford-iiit-pet/annotations", "the unpacked images.tar.gz and annotations.tar.gz as oxford-iiit-pet/")
TORCHVISION_DATASETS = (
    TorchvisionDataset("cifar100", "CIFAR-100", "CIFAR100", BOTH, _cifar, "cifar-100-python/train", "the unpacked cifar-100-python/"),
    TorchvisionDataset("pets", "Oxford-IIIT Pets, cats and dogs", *_PETS, _cats_dogs, *_PET_FILES),
    TorchvisionDataset("pet-breeds", "Oxford-IIIT Pets, 37 breeds", *_PETS, _breeds, *_PET_FILES),
    TorchvisionDataset(
        "fashion-mnist", "Fashion-MNIST", "FashionMNIST", BOTH, _fashion, "FashionMNIST/raw/train-images-idx3-ubyte",
        "the four unpacked files of train and t10k as FashionMNIST/raw/",
    ),
    TorchvisionDataset("stl10", "STL-10", "STL10", _SPLITS, _stl, "stl10_binary/train_X.bin", "the unpacked stl10_binary/"),
    TorchvisionDataset("food101", "Food-101", "Food101", _SPLITS, _food, "food-101/meta", "the unpacked food-101/"),
    TorchvisionDataset(
        "imagenette", "Imagenette, 160 px", "Imagenette",
        ({"split": "train", "size": "160px"}, {"split": "val", "size": "160px"}), _imagenette, "imagenette2-160/train",
        "the unpacked imagenette2-160/",
    ),
)  # fmt: skip
