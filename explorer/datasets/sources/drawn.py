"""Synthetic images of cats, wild cats and dogs, with planted wrong labels whose truth is known."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from explorer.core import home
from explorer.core.checksums import file_digest, load_array, read_manifest, write_manifest
from explorer.core.errors import DamagedError
from explorer.core.files import lock, save_array, writing_folder
from explorer.core.progress import Progress
from explorer.datasets.base import Dataset, Split
from explorer.datasets.pictures import ArrayPictures
from explorer.datasets.sources.drawing import draw

NOTICE = "These pictures are drawn by the program, not photographed. One in sixteen labels is wrong on purpose."


@dataclass(frozen=True)
class Drawn:
    """Drawn animals: labels ``cat`` (one in six of them a wild cat) and ``dog``.

    Attributes:
        train: number of training images, half of them cats; ``test`` likewise.
        mistakes: share of the training labels that are wrong; the truth is recorded.
        seed: determines the images, their order and the mistakes.
    """

    name: str = "drawn"
    title: str = "Drawn cats and dogs"
    train: int = 800
    test: int = 400
    mistakes: float = 1 / 16
    seed: int = 0

    def folder(self) -> Path:
        """Return the folder of the cached data set."""
        return home.data() / self.name

    def cached(self) -> bool:
        """Return whether it is cached."""
        return (self.folder() / "manifest.json").is_file()

    def open(self, progress: Progress) -> Dataset:
        """Return the data set, drawn first where it is not cached or the cache is damaged."""
        with lock(self.folder()):
            try:
                return self._read()
            except DamagedError:
                self._draw(progress)
                return self._read()

    def _read(self) -> Dataset:
        manifest = read_manifest(self.folder() / "manifest.json")
        if manifest["recipe"] != repr(self):
            raise DamagedError("the drawn data set was drawn by another recipe")
        train, test = (self._split(name, manifest[name]) for name in ("train", "test"))
        return Dataset(self.name, self.title, ("cat", "dog"), train, test, notice=NOTICE)

    def _split(self, name: str, entry: dict[str, list[str] | str]) -> Split:
        pixels = load_array(self.folder() / f"{name}.npy", str(entry["checksum"]))
        kinds = tuple(entry["kinds"])
        truth = np.array([int(kind == "dog") for kind in kinds])
        labels = truth.copy()
        labels[np.array(entry["mistakes"], dtype=np.int64)] ^= 1
        return Split(ArrayPictures(pixels), labels, truth, kinds)

    def _draw(self, progress: Progress) -> None:
        rng = np.random.default_rng(self.seed)
        with writing_folder(self.folder()) as folder:
            manifest: dict[str, object] = {"recipe": repr(self)}
            for name, size, mistakes in (("train", self.train, self.mistakes), ("test", self.test, 0.0)):
                kinds = rng.permutation(_kinds(size)).tolist()
                save_array(folder / f"{name}.npy", _pictures(kinds, rng, f"Drawing {name} images", progress))
                wrong = np.sort(rng.choice(size, round(size * mistakes), replace=False)).tolist()
                checksum = file_digest(folder / f"{name}.npy")
                manifest[name] = {"kinds": kinds, "mistakes": wrong, "checksum": checksum}
            write_manifest(folder / "manifest.json", manifest)


def _kinds(size: int) -> list[str]:
    wild = size // 12
    return ["wild cat"] * wild + ["cat"] * (size // 2 - wild) + ["dog"] * (size - size // 2)


def _pictures(kinds: list[str], rng: np.random.Generator, stage: str, progress: Progress) -> np.ndarray:
    pictures = []
    for done, kind in enumerate(kinds):
        progress(stage, done, len(kinds))
        pictures.append(np.asarray(draw(kind, rng)))
    progress(stage, len(kinds), len(kinds))
    return np.stack(pictures)
