"""Pictures of a data set: in an array, in files, or encoded inside larger files; what is read of them, and how."""

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, TypeVar, overload, runtime_checkable

import numpy as np
from PIL import Image

from explorer.core.checksums import digest
from explorer.core.errors import DamagedError
from explorer.datasets.decoding import USUAL, Decoding
from explorer.datasets.packed import Texts
from explorer.datasets.picture import read_picture

T = TypeVar("T")
# Readers of files with many pictures keep them open; threads that prepare batches take turns at them and decode at once.
_reading = threading.Lock()


class Pictures(Protocol):
    """A sequence of images; pixels may stay on disk until an image is accessed."""

    def __len__(self) -> int:
        """Return the number of images."""

    def __getitem__(self, index: int) -> Image.Image:
        """Return image ``index`` in RGB."""

    def ids(self) -> Sequence[str]:
        """Return for each image a hash of its content: 16 hexadecimal digits."""


@runtime_checkable
class NamedPictures(Pictures, Protocol):
    """Images that have names, such as files."""

    def name_of(self, index: int) -> str:
        """Return the name of image ``index`` below the data set's folder or file, with ``/`` between its parts."""


@dataclass(frozen=True)
class ArrayPictures:
    """Images of one size in an array ``(n, height, width, 3)`` of ``uint8``."""

    pixels: np.ndarray

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, index: int) -> Image.Image:
        return Image.fromarray(np.asarray(self.pixels[index]))

    def ids(self) -> list[str]:
        """Return for each image the first 16 hexadecimal digits of its pixels' SHA-256."""
        return [digest(picture.tobytes())[:16] for picture in self.pixels]


@dataclass(frozen=True, eq=False)
class FilesBelow(Sequence[Path]):
    """Files by their names below a folder; a path is made when it is asked for.

    Attributes:
        root: the folder.
        names: below it, with ``/`` between their parts.
    """

    root: Path
    names: Texts

    def __len__(self) -> int:
        return len(self.names)

    @overload
    def __getitem__(self, index: int) -> Path: ...
    @overload
    def __getitem__(self, index: slice) -> "FilesBelow": ...
    def __getitem__(self, index: int | slice) -> "Path | FilesBelow":
        return FilesBelow(self.root, self.names[index]) if isinstance(index, slice) else self.root / self.names[index]

    def text(self, index: int) -> str:
        """Return the path of one as text."""
        return os.path.join(self.root, self.names[index])

    def take(self, rows: np.ndarray) -> "FilesBelow":
        """Return some of them, by row."""
        return FilesBelow(self.root, self.names.take(rows))


@dataclass(frozen=True)
class FilePictures:
    """Images of any size in files.

    Attributes:
        paths: the files.
        root: the folder that they are named relative to; None where there is none.
        known_ids: their content hashes, where they were computed before.
        decoding: how the files become RGB.
    """

    paths: Sequence[Path]
    root: Path | None = None
    known_ids: Sequence[str] | None = None
    decoding: Decoding = USUAL

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> Image.Image:
        try:
            return read_picture(self.encoded(index), decoding=self.decoding)
        except (OSError, DamagedError) as error:
            raise DamagedError(
                f"{self.paths[index]} cannot be read as a picture ({error}); mend it or take it out."
            ) from error

    def encoded(self, index: int) -> bytes:
        """Return the file's bytes."""
        paths = self.paths
        # of many small files a Path takes as long as the decoding
        with open(paths.text(index) if isinstance(paths, FilesBelow) else paths[index], "rb", buffering=0) as stream:
            return stream.read()

    def name_of(self, index: int) -> str:
        """Return the file of image ``index`` below :attr:`root`; its whole path where there is no root."""
        path = self.paths[index]
        name = (path.relative_to(self.root) if self.root else path).as_posix()
        return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")  # a file system allows any bytes

    def ids(self) -> Sequence[str]:
        """Return for each image the first 16 hexadecimal digits of its file's SHA-256."""
        known = self.known_ids
        return known if known is not None else [digest(path.read_bytes())[:16] for path in self.paths]

    def take(self, rows: np.ndarray) -> "FilePictures":
        """Return some of them, by row."""
        known = self.known_ids if self.known_ids is None else taken(self.known_ids, rows)
        return replace(self, paths=taken(self.paths, rows), known_ids=known)


@dataclass(frozen=True, eq=False)
class EncodedPictures:
    """Images of any size that lie encoded inside larger files, such as tar shards or tables.

    Attributes:
        content: returns the bytes of an image, as a picture file has them, by its index.
        names: of the images, as :meth:`NamedPictures.name_of` returns them.
        known_ids: the first 16 hexadecimal digits of the SHA-256 of each image's bytes.
        decoding: how the bytes become RGB.
    """

    content: Callable[[int], bytes]
    names: Sequence[str]
    known_ids: Sequence[str]
    decoding: Decoding = USUAL

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> Image.Image:
        try:
            return read_picture(self.encoded(index), decoding=self.decoding)
        except (OSError, DamagedError) as error:
            raise DamagedError(f"{self.names[index]} cannot be read as a picture ({error}); take it out.") from error

    def encoded(self, index: int) -> bytes:
        """Return the image's bytes, as a picture file has them."""
        with _reading:
            return self.content(index)

    def name_of(self, index: int) -> str:
        """Return the name of image ``index``."""
        return self.names[index]

    def ids(self) -> Sequence[str]:
        """Return :attr:`known_ids`."""
        return self.known_ids


@dataclass(frozen=True)
class Subset:
    """A selection from other images, by row."""

    pictures: Pictures
    rows: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Image.Image:
        return self.pictures[int(self.rows[index])]

    def ids(self) -> Sequence[str]:
        return taken(self.pictures.ids(), self.rows)


def taken(sequence: Sequence[T], rows: np.ndarray) -> Sequence[T]:
    """Return some of a sequence, by row; packed where the sequence is."""
    take = getattr(sequence, "take", None)
    return take(rows) if take else [sequence[row] for row in rows]


def decoded(pictures: Pictures, decoding: Decoding) -> Pictures:
    """Return the same images, their files read in another way; images that are no files stay as they are.

    Where ``decoding`` names no range of values, that of the file set stays.
    """
    if isinstance(pictures, FilePictures | EncodedPictures):
        return replace(pictures, decoding=replace(decoding, range=decoding.range or pictures.decoding.range))
    if isinstance(pictures, Subset):
        return replace(pictures, pictures=decoded(pictures.pictures, decoding))
    return pictures


def decoding_of(pictures: Pictures) -> Decoding:
    """Return how the files of some images are read."""
    while isinstance(pictures, Subset):
        pictures = pictures.pictures
    return pictures.decoding if isinstance(pictures, FilePictures | EncodedPictures) else USUAL
