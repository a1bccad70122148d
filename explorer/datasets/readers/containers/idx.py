"""MNIST's ``idx`` files (LeCun 1998), plain or compressed by gzip, with those of EMNIST, KMNIST and Fashion-MNIST."""

import gzip
import re
import struct
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from explorer.core.errors import ExplorerError
from explorer.core.progress import Progress
from explorer.datasets.base import Dataset
from explorer.datasets.readers.base import DatasetFolder
from explorer.datasets.readers.containers.arrays import ArraySet, LabelledArrays
from explorer.datasets.readers.containers.files import files_below

NAME = re.compile(
    r"(?P<set>.*?)[-_.]?(?P<side>train|t10k|test)[-_.](?P<what>images|labels)[-_.]idx\d[-_.](ubyte|int)(\.gz)?$"
)
KINDS = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
MOST_BYTES = 1200 * 2**20


@dataclass(frozen=True)
class IdxFolder(DatasetFolder):
    """A folder of ``train-images-idx3-ubyte`` and its three sisters, perhaps in a folder ``raw``."""

    def matches(self) -> bool:
        """Return whether such files lie in it."""
        return bool(self.files)

    def open(self, progress: Progress) -> Dataset:
        """Return the data set.

        Raises:
            ExplorerError: a file is damaged, or has no partner.
        """
        sets = sorted({name[0] for name in self.files})
        if len(sets) > 1:
            raise ExplorerError(
                f"{self.path} holds {len(sets)} data sets ({', '.join(sets)}); keep one in a folder of its own."
            )
        sides = {}
        for side, title in (("train", "train"), ("test", "test")):
            pair = [self.files.get((sets[0], side, what)) for what in ("images", "labels")]
            if pair[0] and pair[1]:
                pixels = _turned(idx_array(pair[0]), sets[0])
                sides[side] = LabelledArrays(pixels, _digits(idx_array(pair[1])), f"the files {title}")
        if not sides:
            raise ExplorerError(f"{self.path} holds no images-idx3-ubyte beside its labels-idx1-ubyte; put both there.")
        layout = "MNIST's idx files" + (", turned as EMNIST needs it" if sets[0].lower().startswith("emnist") else "")
        return ArraySet(self.path, self.title or self.path.name, layout, sides).dataset(progress)

    @cached_property
    def files(self) -> dict[tuple[str, str, str], Path]:
        """The files by data set, side and what they hold; a file that is there twice counts as it was unpacked."""
        found = {}
        for path in reversed(files_below(self.path, "", NAME.match)):
            if match := NAME.match(path.name):
                side = "train" if match["side"] == "train" else "test"
                found[match["set"], side, match["what"]] = path
        return found


def _digits(labels: np.ndarray) -> np.ndarray:
    """Return the labels ``(n,)``; QMNIST's rows say more behind them, such as the writer."""
    return labels[:, 0] if labels.ndim == 2 and labels.dtype.itemsize == 4 else labels


def _turned(pixels: np.ndarray, name: str) -> np.ndarray:
    """Return EMNIST's pictures upright: its files hold them column by column."""
    return pixels.transpose(0, 2, 1) if name.lower().startswith("emnist") else pixels


def idx_array(path: Path) -> np.ndarray:
    """Return the array in an idx file.

    Raises:
        ExplorerError: it is damaged, or its header claims something else than follows.
    """
    try:
        with gzip.open(path) if path.name.endswith(".gz") else path.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ExplorerError(f"{path} cannot be read ({error}); copy it again.") from error
    kind, axes = (content[2], content[3]) if len(content) > 4 and content[:2] == b"\0\0" else (0, 0)
    if kind not in KINDS or not 1 <= axes <= 4 or len(content) < 4 + 4 * axes or len(content) > MOST_BYTES:
        raise ExplorerError(f"{path} is no idx file that can be read; copy it again.")
    shape = struct.unpack(f">{axes}I", content[4 : 4 + 4 * axes])
    values = np.frombuffer(content, dtype=np.uint8, offset=4 + 4 * axes)
    if int(np.prod(shape, dtype=object)) * np.dtype(KINDS[kind]).itemsize != len(values):
        raise ExplorerError(
            f"{path} is cut short or damaged: it claims {shape} numbers and holds {len(values):,} bytes."
        )
    return values.view(KINDS[kind]).reshape(shape)
