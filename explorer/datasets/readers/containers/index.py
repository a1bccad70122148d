"""Index of the pictures inside larger files: where each lies, its label and content id; read once and kept until a file changes."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, partial
from hashlib import sha256
from itertools import compress
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from explorer.core import home
from explorer.core.checksums import digest, file_digest, read_manifest, write_manifest
from explorer.core.errors import DamagedError, ExplorerError
from explorer.core.files import lock, writing
from explorer.core.progress import Progress
from explorer.datasets import file_checks
from explorer.datasets.assembly import Entry, Listing
from explorer.datasets.base import EncodedPictures, Pictures, Skipped, taken
from explorer.datasets.file_checks import Checks
from explorer.datasets.file_tree import MOST_FILES
from explorer.datasets.picture import MOST_BYTES, fault

# Raised whenever an index is made otherwise.
RULES = f"1 {file_checks.RULES}"
STAGE = "Reading the pictures"
# Up to so many pictures each is decoded when it is first seen, as files are; of more, only how it begins is looked at.
DECODED = 20_000
# Pictures a batch.
BATCH = 512
JPEG = b"\xff\xd8\xff"
# How the formats that are read begin.
SIGNATURES: tuple[bytes, ...] = (
    b"\xff\xd8\xff",
    b"\x89PNG\r\n",
    b"GIF8",
    b"BM",
    b"II*\0",
    b"MM\0*",
    b"II+\0",
    b"MM\0+",
)
SIGNATURES += (b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  ", b"P1", b"P2", b"P3", b"P4", b"P5", b"P6")
COLUMNS = ("name", "label", "side", "file", "place", "size", "id", "reason")


class Batch(NamedTuple):
    """Some pictures of one larger file, as columns of one length.

    Attributes:
        file: row of the file in the list of files.
        side: ``"train"``, ``"val"``, ``"test"`` or empty.
        names: each unique in the data set.
        labels: their classes; empty where a picture has none.
        places: where in the file they lie: offsets, or rows.
        sizes: in bytes; -1 where the format needs none.
        contents: the bytes of each, or the reason why there are none.
    """

    file: int
    side: str
    names: Sequence[str]
    labels: Sequence[str]
    places: Sequence[int]
    sizes: Sequence[int]
    contents: Sequence[Any]


@dataclass(frozen=True, eq=False)
class PictureIndex:
    """All pictures of some files, as columns of one length.

    Attributes:
        columns: by the names in ``COLUMNS``.
    """

    columns: dict[str, list[Any]]

    @cached_property
    def row_of(self) -> dict[str, int]:
        """The row of each name."""
        return {name: row for row, name in enumerate(self.columns["name"])}

    def entries(self, sides: Mapping[str, str]) -> list[Entry]:
        """Return the pictures that have a label, for those sides whose new names ``sides`` gives."""
        columns = self.columns
        kept = [bool(label) and side in sides for label, side in zip(columns["label"], columns["side"], strict=True)]
        renamed = map(sides.get, columns["side"])
        return list(
            map(
                partial(tuple.__new__, Entry),
                compress(zip(columns["name"], columns["label"], renamed, strict=True), kept),
            )
        )

    def counts(self) -> dict[str, int]:
        """Return how many pictures have a label, by side."""
        rows = zip(self.columns["label"], self.columns["side"], strict=True)
        return dict(Counter(side for label, side in rows if label))

    def unlabelled(self) -> dict[str, int]:
        """Return how many pictures have no label, by side."""
        rows = zip(self.columns["label"], self.columns["side"], strict=True)
        return dict(Counter(side for label, side in rows if not label))


class PartReader(Protocol):
    """What reads pictures out of larger files; a frozen dataclass of plain fields, so that another process can make it anew."""

    def content(self, file: int, place: int, size: int, name: str) -> bytes:
        """Return the bytes of a picture by the file's row in the list of files, place, size and name."""


@dataclass(frozen=True, eq=False)
class Parts:
    """Where pictures lie in larger files; as a function, what returns the bytes of one by its index.

    Attributes:
        reader: of the files.
        file: ``(n,)`` rows in its list of files; ``place`` and ``size`` are offsets, or rows, and bytes.
        names: of the pictures.
    """

    reader: PartReader
    file: np.ndarray
    place: np.ndarray
    size: np.ndarray
    names: Sequence[str]

    def __call__(self, index: int) -> bytes:
        return self.reader.content(
            int(self.file[index]), int(self.place[index]), int(self.size[index]), self.names[index]
        )

    def take(self, rows: np.ndarray) -> "Parts":
        """Return some of them, by row."""
        return Parts(self.reader, self.file[rows], self.place[rows], self.size[rows], taken(self.names, rows))


@dataclass(frozen=True, eq=False)
class IndexedStore:
    """The pictures of an index.

    Attributes:
        index: of the pictures.
        reader: of the files.
    """

    index: PictureIndex
    reader: PartReader

    def checks(self, files: Sequence[str], progress: Progress) -> Checks:
        """Return for each picture its content id, or the reason why it cannot be used."""
        rows, columns = self.index.row_of, self.index.columns
        places = [rows[file] for file in files]
        return Checks([columns["id"][row] for row in places], [columns["reason"][row] for row in places])

    def pictures(self, files: Sequence[str], ids: Sequence[str]) -> Pictures:
        """Return pictures by their names and content ids."""
        rows, columns = [self.index.row_of[file] for file in files], self.index.columns
        file, place, size = (
            np.array([columns[name][row] for row in rows], dtype=np.int64) for name in ("file", "place", "size")
        )
        return EncodedPictures(Parts(self.reader, file, place, size, files), files, ids)


def indexed(
    kind: str, paths: Sequence[Path], count: int, scan: Callable[[], Iterable[Batch]], progress: Progress
) -> PictureIndex:
    """Return the index of some files; read from the cache where no file has changed.

    Args:
        kind: of the reader, with all that decides what it makes of the files.
        paths: the files.
        count: pictures, about; decides whether each is decoded.
        scan: yields the pictures with their contents, a few hundred at a time.
        progress: called after each batch.

    Raises:
        ExplorerError: a file cannot be read, or there are too many pictures.
    """
    try:
        stamps = [file_checks.stamp(str(path), path.stat()) for path in paths]
        settled = all(file_checks.settled(path.stat()) for path in paths)
    except OSError as error:
        raise ExplorerError(f"{error.filename} cannot be read: {error.strerror}.") from error
    folder = home.data() / "indexes" / digest(f"{RULES} {kind} {stamps}".encode())[:24]
    with lock(folder):
        with suppress(DamagedError):
            return _kept(folder)
        index = _made(count, scan(), progress)
        if settled:
            _keep(folder, index)
    return index


def _kept(folder: Path) -> PictureIndex:
    """Return the index that was kept in a folder.

    Raises:
        DamagedError: there is none that is whole.
    """
    import pyarrow

    path, manifest = folder / "index.arrow", read_manifest(folder / "manifest.json")
    if not path.is_file() or file_digest(path) != manifest.get("index"):
        raise DamagedError(f"{path} is damaged.")
    table = pyarrow.ipc.open_file(pyarrow.memory_map(str(path))).read_all()
    return PictureIndex({name: table[name].to_pylist() for name in COLUMNS})


def _keep(folder: Path, index: PictureIndex) -> None:
    import pyarrow

    folder.mkdir(parents=True, exist_ok=True)
    table = pyarrow.Table.from_arrays([_column(index.columns[name]) for name in COLUMNS], names=COLUMNS)
    packed = pyarrow.ipc.IpcWriteOptions(compression="lz4")
    with (
        writing(folder / "index.arrow") as temporary,
        pyarrow.ipc.new_file(str(temporary), table.schema, options=packed) as file,
    ):
        file.write_table(table)
    write_manifest(folder / "manifest.json", {"index": file_digest(folder / "index.arrow")})


def _column(values: list[Any]) -> Any:
    """Return texts or whole numbers as an Arrow array; ``pyarrow.array`` imports pandas, a third of a second."""
    import pyarrow

    if not isinstance(next(iter(values), ""), str):
        numbers = np.array(values, dtype=np.int64)
        return pyarrow.Array.from_buffers(pyarrow.int64(), len(values), [None, pyarrow.py_buffer(numbers)])
    whole = "".join(values)
    content = values if whole.isascii() else [value.encode() for value in values]
    ends = np.cumsum([0, *map(len, content)], dtype=np.int64)
    buffers = [None, pyarrow.py_buffer(ends), pyarrow.py_buffer(whole.encode())]
    return pyarrow.Array.from_buffers(pyarrow.large_string(), len(values), buffers)


def _made(count: int, batches: Iterable[Batch], progress: Progress) -> PictureIndex:
    columns: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    with ThreadPoolExecutor(os.cpu_count()) as workers:
        for one in batches:
            progress(STAGE, len(columns["name"]), max(count, len(columns["name"]) + 1))
            size = len(one.names)
            if len(columns["name"]) + size > MOST_FILES:
                raise ExplorerError(f"There are more than {MOST_FILES:,} pictures; give fewer.")
            judged = workers.map(_fault, one.contents) if count <= DECODED else map(_doubt, one.contents)
            ids = ["" if isinstance(content, str) else sha256(content).hexdigest()[:16] for content in one.contents]
            more: tuple[Iterable[Any], ...] = (
                one.names,
                one.labels,
                [one.side] * size,
                [one.file] * size,
                one.places,
                one.sizes,
                ids,
                judged,
            )
            for name, values in zip(COLUMNS, more, strict=True):
                columns[name].extend(values)
    return PictureIndex(columns)


def _doubt(content: Any) -> str:
    """Return why a picture cannot be used, as far as its first bytes tell; empty where they are those of a format that is read."""
    return "" if not isinstance(content, str) and bytes(content[:3]) == JPEG else _started(content)


def _started(content: Any) -> str:
    if isinstance(content, str):
        return content
    if len(content) > MOST_BYTES:
        return f"it has {len(content) / 2**20:,.0f} MB; at most {MOST_BYTES // 2**20:,} MB are read"
    start = bytes(content[:16])
    known = start.startswith(SIGNATURES) or start[8:12] == b"WEBP" or start[4:8] == b"ftyp"
    return "" if known else fault(bytes(content))


def _fault(content: Any) -> str:
    """Return why a picture cannot be used after decoding it once; empty where it can."""
    return _doubt(content) or fault(bytes(content))


def listing_of(
    index: PictureIndex, listing: Listing, origins: dict[str, str], left_out: Iterable[Skipped] = ()
) -> Listing:
    """Return a listing filled with the pictures of an index: validation pictures test where there is no test side.

    Args:
        index: of the pictures.
        listing: with name, title, root, layout and store.
        origins: where each side comes from, by ``"train"``, ``"val"`` and ``"test"``.
        left_out: parts that the reader leaves out.
    """
    counts = index.counts()
    gone = [*left_out, *(_unlabelled(side, count) for side, count in index.unlabelled().items())]
    tests = next((side for side in ("test", "val") if side in counts), "")
    if "val" in counts and tests == "test":
        gone.append(Skipped(origins.get("val", "the validation side"), "the test side is used", counts["val"]))
    kept, used = dict.fromkeys(counts, ""), {}
    if "train" in counts and tests:  # one side alone is no split
        kept, used = (
            {"train": "train", tests: "test"},
            {"train": origins.get("train", ""), "test": origins.get(tests, "")},
        )
    facts = {"split": f"as given: {used['train']} and {used['test']}"} if used else {}
    return replace(
        listing,
        entries=index.entries(kept),
        facts=listing.facts | facts,
        origins=used,
        left_out=[*listing.left_out, *gone],
        what="labels",
    )


def _unlabelled(side: str, count: int) -> Skipped:
    named = {"train": " for training", "val": " for validation", "test": " for testing"}.get(side, "")
    return Skipped(f"pictures{named}", "they have no label", count)
