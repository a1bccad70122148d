"""The pictures of larger files, read once into an index that is kept until a file changes; of many, each file by a worker process."""

import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from explorer.core import home
from explorer.core.checksums import digest, file_digest, read_manifest, write_manifest
from explorer.core.errors import DamagedError, ExplorerError
from explorer.core.files import lock, writing
from explorer.core.progress import Progress, silent
from explorer.core.scale import sharded
from explorer.datasets import file_checks
from explorer.datasets.file_tree import MOST_FILES
from explorer.datasets.picture import MOST_BYTES, fault
from explorer.datasets.readers.containers.index import COLUMNS, PictureIndex

# Raised whenever an index is made otherwise.
RULES = f"3 {file_checks.RULES}"
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


# Yields the pictures of a file, by its place in the list of files; of many pictures a process of its own is given it.
Scan = Callable[[int], Iterable["Batch"]]


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
        more: further columns that a reader keeps, by name.
    """

    file: int
    side: str
    names: Sequence[str]
    labels: Sequence[str]
    places: Sequence[int]
    sizes: Sequence[int]
    contents: Sequence[Any]
    more: Mapping[str, Sequence[str]] = {}


def indexed(kind: str, paths: Sequence[Path], count: int, scan: Scan, progress: Progress) -> PictureIndex:
    """Return the index of some files; read from the cache where no file has changed.

    Args:
        kind: of the reader, with all that decides what it makes of the files.
        paths: the files.
        count: pictures, about; decides whether each is decoded, and whether workers read the files.
        scan: of the files.
        progress: called after each batch, or after each file of many pictures.

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
        if sharded(count):
            return _by_workers(folder, len(paths), count, scan, settled, progress)
        index = _made(count, (batch for number in range(len(paths)) for batch in scan(number)), progress)
        if settled:
            _keep(folder, index)
    return index


def _by_workers(folder: Path, files: int, count: int, scan: Scan, settled: bool, progress: Progress) -> PictureIndex:
    """Return the index of many pictures: that of each file is made by a process, and kept before the next one is begun."""
    from explorer.engine import Processes  # SciPy, which a small data set does not need

    parts = [folder / f"{number:05d}" for number in range(files)]
    tables = {number: table for number, part in enumerate(parts) if (table := _table(part)) is not None}
    missing = [number for number in range(files) if number not in tables]
    progress(STAGE, sum(map(len, tables.values())), count)
    with Processes() as workers:
        for place, _ in workers.calls([(write_part, (str(parts[number]), scan, number, count)) for number in missing]):
            tables[missing[place]] = _whole_table(parts[missing[place]])
            done = sum(map(len, tables.values()))
            progress(STAGE, done, max(count, done))
    index = _index_of([tables[number] for number in range(files)])
    if not settled:
        shutil.rmtree(folder)
    return index


def write_part(folder: str, scan: Scan, number: int, count: int) -> None:
    """Write the index of one file into a folder, in a process of its own; ``count`` are the pictures of all files, about."""
    _keep(Path(folder), _made(count, scan(number), silent))


def _kept(folder: Path) -> PictureIndex:
    """Return the index that was kept in a folder.

    Raises:
        DamagedError: there is none that is whole.
    """
    return _index_of([_whole_table(folder)])


def _index_of(tables: Sequence[Any]) -> PictureIndex:
    held = [table for table in tables if len(table)]  # a file without pictures has no further columns
    names = dict.fromkeys([*COLUMNS, *(name for table in held for name in table.column_names)])
    return PictureIndex({name: [value for table in held for value in table[name].to_pylist()] for name in names})


def _table(folder: Path) -> Any:
    """Return the table that was kept in a folder; None where there is none that is whole."""
    with suppress(DamagedError):
        return _whole_table(folder)
    return None


def _whole_table(folder: Path) -> Any:
    import pyarrow

    path, manifest = folder / "index.arrow", read_manifest(folder / "manifest.json")
    if not path.is_file() or file_digest(path) != manifest.get("index"):
        raise DamagedError(f"{path} is damaged.")
    return pyarrow.ipc.open_file(pyarrow.memory_map(str(path))).read_all()


def _keep(folder: Path, index: PictureIndex) -> None:
    import pyarrow

    folder.mkdir(parents=True, exist_ok=True)
    table = pyarrow.Table.from_arrays([_column(values) for values in index.columns.values()], names=[*index.columns])
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
            for name, values in (*zip(COLUMNS, more, strict=True), *one.more.items()):
                columns.setdefault(name, []).extend(values)
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
