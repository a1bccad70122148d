"""Lists of pictures as plain arrays, which another process turns into the same pictures again: where each lies, or its pixels."""

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from explorer.core.errors import ExplorerError
from explorer.core.object_store import name_of, offered, path_of, present
from explorer.datasets.decoding import Decoding
from explorer.datasets.packed import Texts
from explorer.datasets.pictures import EncodedPictures, FilePictures, FilesBelow, Pictures, Subset, taken
from explorer.datasets.readers.containers.index import Parts
from explorer.datasets.readers.containers.parquet import RowReader
from explorer.datasets.readers.containers.saved_dataset import ArrowReader
from explorer.datasets.readers.containers.webdataset import TarReader

READERS: dict[str, Any] = {"tar": TarReader, "parquet": RowReader, "arrow": ArrowReader}


class RawPictures(Sequence[Image.Image]):
    """Decoded pictures of any size, their pixels one behind the other."""

    def __init__(self, pixels: np.ndarray, sizes: np.ndarray) -> None:
        self.pixels, self.sizes = pixels, sizes
        self.starts = np.concatenate([[0], np.cumsum(3 * sizes.prod(axis=1, dtype=np.int64))])

    def __len__(self) -> int:
        return len(self.sizes)

    def __getitem__(self, index: Any) -> Any:
        """Return one picture."""
        return Image.fromarray(self.pixels[self.starts[index] : self.starts[index + 1]].reshape(*self.sizes[index], 3))

    def ids(self) -> Sequence[str]:
        """Return nothing: whoever computes with them knows them by their order."""
        return []


def arrays_of(pictures: Pictures, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Return some pictures as arrays; those that lie in no file of a known kind are decoded for it."""
    while isinstance(pictures, Subset):
        rows, pictures = pictures.rows[rows], pictures.pictures
    if isinstance(pictures, FilePictures):
        return _named("file", [str(path) for path in taken(pictures.paths, rows)], pictures.decoding)
    if isinstance(pictures, EncodedPictures) and isinstance(pictures.content, Parts):
        parts = pictures.content.take(rows)
        kind = next((word for word, known in READERS.items() if isinstance(parts.reader, known)), "")
        if kind:
            reader: Any = parts.reader
            for file in np.unique(parts.file):
                offered(reader.paths[file])
            where = np.stack([parts.file, parts.place, parts.size])
            return _named(kind, parts.names, pictures.decoding, vars_of(reader)) | {"where": where}
    pixels = [np.asarray(pictures[int(row)]) for row in rows]
    sizes = np.array([each.shape[:2] for each in pixels], dtype=np.int64).reshape(-1, 2)
    return {
        "kind": _bytes({"kind": "pixels"}),
        "sizes": sizes,
        "pixels": np.concatenate([np.empty(0, dtype=np.uint8), *(each.reshape(-1) for each in pixels)]),
    }


def vars_of(reader: Any) -> dict[str, Any]:
    """Return the fields of a reader as JSON carries them."""
    return {
        name: [*map(name_of, one)] if isinstance(one, tuple) else name_of(one) if isinstance(one, Path) else one
        for name, one in asdict(reader).items()
    }


def pictures_of(arrays: dict[str, np.ndarray]) -> Pictures:
    """Return the pictures of which :func:`arrays_of` made ``arrays``.

    Raises:
        ExplorerError: they do not lie on this machine.
    """
    known = json.loads(arrays["kind"].tobytes())
    if known["kind"] == "pixels":
        return RawPictures(arrays["pixels"], arrays["sizes"])
    names, decoding = Texts(arrays["names"], arrays["ends"]), Decoding(**known["decoding"])
    if known["kind"] == "file":
        files = FilesBelow(Path("/"), names)
        _check_here(files[:1])
        return FilePictures(files, decoding=decoding)
    fields = known["reader"] | {name: path_of(known["reader"][name]) for name in ("root",) if name in known["reader"]}
    reader = READERS[known["kind"]](**fields | {"paths": tuple(map(path_of, fields["paths"]))})
    file, place, size = arrays["where"]
    _check_here([present(reader.paths[each]) for each in np.unique(file)])
    return EncodedPictures(Parts(reader, file, place, size, names), names, [], decoding)


def _check_here(files: Sequence[Path]) -> None:
    for path in files:
        if not path.parent.is_dir():
            raise ExplorerError(
                f"{platform.node()} has no folder {path.parent}, in which pictures lie; they must lie at the same path on every machine "
                "that works, or in tar, Parquet or Arrow files below EXPLORER_HOME, which EXPLORER_STORE shares."
            )


def _named(
    kind: str, names: Sequence[str], decoding: Decoding, reader: dict[str, Any] | None = None
) -> dict[str, np.ndarray]:
    texts = Texts.of(names)
    said = {"kind": kind, "decoding": asdict(decoding), **({"reader": reader} if reader else {})}
    return {"kind": _bytes(said), "names": texts.content, "ends": texts.ends}


def _bytes(value: Any) -> np.ndarray:
    return np.frombuffer(json.dumps(value).encode(), dtype=np.uint8)
