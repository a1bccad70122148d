"""Folders of ``datasets.save_to_disk`` (Arrow files, read in place), with one side or several."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from explorer.core.errors import ExplorerError
from explorer.core.progress import Progress
from explorer.datasets.assembly import Listing, assemble
from explorer.datasets.base import Dataset
from explorer.datasets.readers.base import DatasetFolder
from explorer.datasets.readers.containers.arrow_columns import batch_of, beside, cells, kind_of
from explorer.datasets.readers.containers.files import files_below
from explorer.datasets.readers.containers.index import IndexedStore, listing_of
from explorer.datasets.readers.containers.scan import BATCH, Batch, indexed
from explorer.datasets.readers.containers.sides import side_of
from explorer.datasets.readers.containers.tables import Columns, Schema, described_features
from explorer.datasets.readers.tables.columns import SAMPLE
from explorer.datasets.readers.tables.seen_values import SeenValues

SIDES_NOTE, NOTE, STATE = "dataset_dict.json", "dataset_info.json", "state.json"
MOST_NOTE = 16 * 2**20
OPEN = 64


@dataclass(frozen=True)
class SavedDataset(DatasetFolder):
    """A folder that ``Dataset.save_to_disk`` or ``DatasetDict.save_to_disk`` wrote."""

    chooses = frozenset(("path", "label"))

    def matches(self) -> bool:
        """Return whether its notes are there."""
        return os.path.isfile(self.path / SIDES_NOTE) or (
            os.path.isfile(self.path / STATE) and os.path.isfile(self.path / NOTE)
        )

    def open(self, progress: Progress) -> Dataset:
        """Return the data set.

        Raises:
            ExplorerError: a file is damaged, or has no columns of pictures and labels.
        """
        paths = files_below(self.path, ".arrow")
        paths = [path for path in paths if not path.name.startswith("cache-")]
        if not paths:
            raise ExplorerError(
                f"{self.path} looks saved by datasets.save_to_disk, but holds no .arrow file; save it again."
            )
        tables = [opened_table(path) for path in paths]
        features = described_features(_note(paths[0].parent / NOTE)) or described_features(
            (tables[0].schema.metadata or {}).get(b"huggingface")
        )
        schema = Schema({field.name: kind_of(field.type) for field in tables[0].schema}, features)
        columns = schema.columns(self.path, self.choices)
        sides = [side_of(path.relative_to(self.path).parent.as_posix()) for path in paths]
        count = sum(len(table) for table in tables)
        scan = partial(_scanned, self.path, paths, columns, sides)
        index = indexed(f"arrow {columns} {sides}", paths, count, scan, progress)
        origins = {side: f"the folder {path.parent.name}" for path, side in zip(paths, sides, strict=True)}
        layout = (
            f"saved by datasets.save_to_disk, pictures in the column {columns.image!r}, labels in {columns.label!r}"
        )
        store = IndexedStore(index, ArrowReader(tuple(paths), self.path, columns.image))
        listing = Listing(
            self.name or str(self.path),
            self.title or self.path.name,
            self.path,
            [],
            [],
            layout=layout,
            doubts=columns.doubts,
            store=store,
            offers=schema.offers(columns, _seen(tables, schema))[:2],  # sides are folders here
        )
        return assemble(listing_of(index, listing, origins), progress)


def _note(path: Path) -> str:
    try:
        return path.read_text("utf-8") if path.stat().st_size <= MOST_NOTE else ""
    except (OSError, ValueError):
        return ""


@lru_cache(maxsize=OPEN)
def opened_table(path: Path) -> Any:
    """Return the table in an Arrow file, stream or file format, mapped into memory.

    Raises:
        ExplorerError: it is damaged.
    """
    import pyarrow

    try:
        table = _mapped(path)
        table.validate(full=True)  # the file has no checksum of its own
        return table
    except (pyarrow.ArrowException, OSError) as error:
        reason = str(error).strip().splitlines()[0][:120]
        raise ExplorerError(f"{path} is no whole Arrow file ({reason}); save it again.") from error


def _mapped(path: Path) -> Any:
    import pyarrow

    source = pyarrow.memory_map(str(path))
    try:
        return pyarrow.ipc.open_stream(source).read_all()
    except pyarrow.ArrowInvalid:
        return pyarrow.ipc.open_file(source).read_all()


def _seen(tables: Sequence[Any], schema: Schema) -> SeenValues:
    """Return what stands in the columns of some rows, from the beginning, the middle and the end."""
    seen, table = SeenValues(), tables[0].select([name for name, kind in schema.kinds.items() if kind == "label"])
    for start in sorted({0, len(table) // 2, max(0, len(table) - SAMPLE)}):
        for line in table.slice(start, SAMPLE).to_pylist():
            seen.add(line)
    return seen


def _scanned(root: Path, paths: Sequence[Path], columns: Columns, sides: Sequence[str], number: int) -> Iterator[Batch]:
    """Yield the pictures of one file."""
    stem, row = paths[number].relative_to(root).with_suffix("").as_posix(), 0
    for table in opened_table(paths[number]).select([columns.image, columns.label]).to_batches(max_chunksize=BATCH):
        batch = batch_of(table, columns, stem, root, (number, sides[number], row))
        row += len(batch.names)
        yield batch


@dataclass(frozen=True)
class ArrowReader:
    """Pictures by file and row."""

    paths: tuple[Path, ...]
    root: Path
    image: str

    def content(self, file: int, row: int, size: int, name: str) -> bytes:
        """Return the bytes of a picture."""
        (content,), (path,) = cells(opened_table(self.paths[file])[self.image].slice(row, 1).combine_chunks())
        found = content if content is not None else beside(self.root, path)
        if isinstance(found, str):
            raise OSError(found)
        return bytes(found)
