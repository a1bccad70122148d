"""Folders of ``datasets.save_to_disk`` (Arrow files, read in place), with one side or several."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from explorer.core.errors import ExplorerError
from explorer.core.progress import Progress
from explorer.datasets.assembly import Listing, assemble
from explorer.datasets.base import Dataset
from explorer.datasets.readers.base import DatasetFolder
from explorer.datasets.readers.containers.arrow_columns import (
    batch_of,
    beside,
    cells,
    kind_of,
    path_doubts,
    rival_doubts,
)
from explorer.datasets.readers.containers.files import files_below
from explorer.datasets.readers.containers.index import IndexedStore, listing_of
from explorer.datasets.readers.containers.row_sides import by_side, split_column
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

    chooses = frozenset(("path", "label", "split", "test"))

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
        paths = self._paths()
        tables = [opened_table(path) for path in paths]
        schema = _schema(paths[0])
        columns = schema.columns(self.path, self.choices)
        sides = [side_of(path.relative_to(self.path).parent.as_posix()) for path in paths]
        name = self.name or str(self.path)
        split, unused = split_column(partial(_values, tables), schema.kinds, any(sides), self.choices, name)
        columns = replace(columns, split=split)
        scan = partial(_scanned, self, paths, columns, sides)
        kind = f"arrow {columns} {sides}{self.choices.written}"
        index = indexed(kind, paths, sum(map(len, tables)), scan, progress)
        origins = {side: f"the folder {path.parent.name}" for path, side in zip(paths, sides, strict=True)}
        origins |= dict.fromkeys(("train", "val", "test"), f"the column {split!r}") if split else {}
        store = IndexedStore(index, ArrowReader(tuple(paths), self.path, columns.image))
        doubts = [*columns.doubts, *filter(None, [unused])]
        doubts += columns.measures(name, index.columns["label"], self.choices)
        doubts += self._rivals(tables, paths, columns)
        listing = Listing(
            name,
            self.title or self.path.name,
            self.path,
            [],
            [],
            layout=f"saved by datasets.save_to_disk, pictures in the column {columns.image!r}, labels in {columns.label!r}",
            doubts=doubts,
            store=store,
            offers=schema.offers(columns, _seen(tables, schema)),
        )
        return assemble(listing_of(index, listing, origins), progress)

    def _rivals(self, tables: Sequence[Any], paths: Sequence[Path], columns: Columns) -> list[str]:
        """Return sentences where other columns, or the pictures' paths, say other things than the labels."""
        labelled = ((table, _schema(path)) for table, path in zip(tables, paths, strict=True))
        other = path_doubts(_paths(tables, paths, columns), columns, self.choices)
        return [*rival_doubts(labelled, columns, self.choices), *other]

    def _paths(self) -> list[Path]:
        """Return the Arrow files.

        Raises:
            ExplorerError: there are none.
        """
        paths = [path for path in files_below(self.path, ".arrow") if not path.name.startswith("cache-")]
        if not paths:
            raise ExplorerError(
                f"{self.path} looks saved by datasets.save_to_disk, but holds no .arrow file; save it again."
            )
        return paths


def _schema(path: Path) -> Schema:
    """Return what is known of an Arrow file: its columns, and how the note beside it or its own describes them."""
    table = opened_table(path).schema
    features = described_features(_note(path.parent / NOTE)) or described_features(
        (table.metadata or {}).get(b"huggingface")
    )
    return Schema({field.name: kind_of(field.type) for field in table}, features)


def _values(tables: Sequence[Any], column: str) -> set[str] | None:
    """Return the different values of a column of tables, as text; None where one lacks it."""
    if any(column not in table.schema.names for table in tables):
        return None
    return {str(value) for table in tables for value in table[column].unique().to_pylist()}


def _paths(tables: Sequence[Any], files: Sequence[Path], columns: Columns) -> Iterator[tuple[Any, Any, Schema]]:
    """Yield the labels and the pictures' paths of each table that has both, and its schema."""
    import pyarrow.compute

    for table, file in zip(tables, files, strict=True):
        there = {columns.label, columns.image} <= {*table.schema.names}
        kind = table.schema.field(columns.image).type if there else None
        if getattr(kind, "get_field_index", lambda _: -1)("path") >= 0:
            yield table[columns.label], pyarrow.compute.struct_field(table[columns.image], "path"), _schema(file)


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


def _scanned(
    saved: SavedDataset, paths: Sequence[Path], columns: Columns, sides: Sequence[str], number: int
) -> Iterator[Batch]:
    """Yield the pictures of one file."""
    path, row = paths[number], 0
    stem, own = path.relative_to(saved.path).with_suffix("").as_posix(), _schema(path).named(columns)
    wanted = [columns.image, columns.label, *([columns.split] if columns.split else [])]
    for table in opened_table(path).select(list(dict.fromkeys(wanted))).to_batches(max_chunksize=BATCH):
        batch = batch_of(table, own, stem, saved.path, (number, sides[number], row))
        row += len(batch.names)
        values = table.column(columns.split).to_pylist() if columns.split else []
        yield from by_side(batch, values, saved.choices.test) if columns.split else [batch]


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
