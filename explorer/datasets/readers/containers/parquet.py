"""Parquet tables of pictures: one file, or the shards that Hugging Face's hub and ``datasets`` 2 to 4 write."""

import os
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache, partial
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

from explorer.core.errors import ExplorerError
from explorer.core.progress import Progress
from explorer.datasets.assembly import Listing, assemble
from explorer.datasets.base import Dataset
from explorer.datasets.choices import NO_CHOICES, Choices
from explorer.datasets.readers.base import DatasetFolder
from explorer.datasets.readers.containers.arrow_columns import batch_of, beside, path_doubts, rival_doubts
from explorer.datasets.readers.containers.files import files_below, picture_count
from explorer.datasets.readers.containers.index import IndexedStore, listing_of
from explorer.datasets.readers.containers.parquet_columns import labels_of, paths_of, schema_of, values_of
from explorer.datasets.readers.containers.partitions import label_partition, partitions, side_beside
from explorer.datasets.readers.containers.row_sides import by_side, split_column
from explorer.datasets.readers.containers.scan import BATCH, Batch, indexed
from explorer.datasets.readers.containers.tables import Columns, Schema
from explorer.datasets.readers.tables.columns import SAMPLE
from explorer.datasets.readers.tables.seen_values import SeenValues

# A row of the table of contents of a file; a file of more groups is made to keep a computer busy.
MOST_GROUPS = 1_000_000
# Groups of rows that stay in memory for the next picture.
GROUPS = 4
# Pictures beside tables of pictures that are figures of a README.
FIGURES = 5


@dataclass(frozen=True, eq=False)
class ParquetTables:
    """Parquet files that hold one data set.

    Attributes:
        paths: the files, sorted.
        root: the folder that they and pictures named in them lie in.
        name: of the data set; ``title`` is the one on the screen.
        choices: of a person: which columns are meant.
    """

    paths: Sequence[Path]
    root: Path
    name: str
    title: str
    choices: Choices = NO_CHOICES
    chooses: ClassVar[frozenset[str]] = frozenset(("path", "label", "split", "test"))

    def open(self, progress: Progress) -> Dataset:
        """Return the data set.

        Raises:
            ExplorerError: a file is damaged, or has no columns of pictures and labels.
        """
        files = [_opened(path) for path in self.paths]
        schema, folders = schema_of(files[0]), label_partition(self.paths, self.root)
        schema = replace(schema, kinds={**schema.kinds, **({folders: "label"} if folders else {})})
        sides = [side_beside(path, self.root, folders) for path in self.paths]
        columns = schema.columns(self.paths[0], self.choices)
        split, unused = split_column(partial(values_of, files), schema.kinds, any(sides), self.choices, self.name)
        doubts, columns = [*columns.doubts, *filter(None, [unused])], replace(columns, split=split)
        count = sum(file.metadata.num_rows for file in files)
        kind = f"parquet {columns} {sides}{self.choices.written}"
        index = indexed(kind, self.paths, count, partial(_scanned, self, columns, sides), progress)
        doubts += columns.measures(self.name, index.columns["label"], self.choices)
        doubts += rival_doubts(labels_of(files, columns), columns, self.choices)
        doubts += path_doubts(paths_of(files, columns), columns, self.choices)
        origins = {
            side: _named([path.name for path, of in zip(self.paths, sides, strict=True) if of == side])
            for side in set(sides)
        } | (dict.fromkeys(("train", "val", "test"), f"the column {split!r}") if columns.split else {})
        shown = (
            {"column of labels": f"{columns.label}; not used: {', '.join(columns.unused)}"} if columns.unused else {}
        )
        layout = f"Parquet, pictures in the column {columns.image!r}, labels in {columns.label!r}"
        store = IndexedStore(index, RowReader(tuple(self.paths), self.root, columns.image))
        listing = Listing(
            self.name, self.title, self.root, [], [], facts=shown, layout=layout, doubts=doubts, store=store
        )
        offers = schema.offers(columns, _seen(files, schema))
        return assemble(listing_of(index, replace(listing, offers=offers), origins), progress)


@dataclass(frozen=True)
class ParquetFolder(DatasetFolder):
    """A folder of Parquet shards."""

    chooses = ParquetTables.chooses

    def matches(self) -> bool:
        """Return whether there are Parquet files, and no pictures but the few of a page about them."""
        if not self.files or (count := picture_count(self.path, FIGURES + 1)) > FIGURES:
            return False
        return not count or "bytes" in schema_of(_opened(self.files[0])).kinds.values()

    def open(self, progress: Progress) -> Dataset:
        """Return the data set; raises as :meth:`ParquetTables.open`."""
        name, title = self.name or str(self.path), self.title or self.path.name
        return ParquetTables(self.files, self.path, name, title, self.choices).open(progress)

    @cached_property
    def files(self) -> list[Path]:
        """The Parquet files, sorted; none that a link leads to."""
        return files_below(self.path, ".parquet")


def parquet_file(path: Path, title: str) -> ParquetTables:
    """Return the reader of one Parquet file."""
    real = Path(os.path.realpath(path))
    return ParquetTables([real], real.parent, str(real), title)


def _named(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1:,} more" if names else ""


def _opened(path: Path) -> Any:
    import pyarrow
    import pyarrow.parquet

    try:
        file = pyarrow.parquet.ParquetFile(path, memory_map=True)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0][:120]
        raise ExplorerError(f"{path} is no whole Parquet file ({reason}); copy it again.") from error
    if file.num_row_groups > MOST_GROUPS:
        raise ExplorerError(f"{path} has {file.num_row_groups:,} groups of rows; write it again in fewer.")
    return file


def _seen(files: Sequence[Any], schema: Schema) -> SeenValues:
    """Return what stands in the columns of some rows: the first, the middle and the last group's."""
    seen, names = SeenValues(), [name for name, kind in schema.kinds.items() if kind == "label"]
    groups = [(file, group) for file in files for group in range(file.metadata.num_row_groups)]
    for file, group in {*groups[:1], *groups[len(groups) // 2 : len(groups) // 2 + 1], *groups[-1:]}:
        there = [name for name in names if name in file.schema_arrow.names]
        for table in islice(file.iter_batches(SAMPLE, row_groups=[group], columns=there), 1):
            for line in table.to_pylist():
                seen.add(line)
    return seen


def _scanned(tables: ParquetTables, columns: Columns, sides: Sequence[str], number: int) -> Iterator[Batch]:
    """Yield the pictures of one file."""
    path, file = tables.paths[number], _opened(tables.paths[number])
    schema = schema_of(file)
    kinds = {*schema.kinds, label_partition(tables.paths, tables.root)}
    if missing := [name for name in (columns.image, columns.label) if name not in kinds]:
        raise ExplorerError(
            f"{path} has no column {missing[0]!r}, which {tables.paths[0].name} has; give files of one kind."
        )
    yield from _rows_of(tables, file, number, schema.named(columns), sides[number])


def _rows_of(tables: ParquetTables, file: Any, number: int, columns: Columns, side: str) -> Iterator[Batch]:
    """Yield the pictures of one file, a batch of rows in memory at a time."""
    import pyarrow

    stem, row = tables.paths[number].relative_to(tables.root).with_suffix("").as_posix(), 0
    try:
        wanted = [columns.image, columns.label, *([columns.split] if columns.split else [])]
        for rows in _ahead(
            file.iter_batches(BATCH, columns=[name for name in wanted if name in file.schema_arrow.names])
        ):
            table = _with_label(rows, columns.label, partitions(tables.paths[number], tables.root))
            batch = batch_of(table, columns, stem, tables.root, (number, side, row))
            row += len(batch.names)
            yield from (
                by_side(batch, table.column(columns.split).to_pylist(), tables.choices.test)
                if columns.split
                else [batch]
            )
    except (pyarrow.ArrowException, OSError) as error:
        reason = str(error).strip().splitlines()[0][:120]
        raise ExplorerError(
            f"{tables.paths[number]} is damaged behind row {row:,} ({reason}); copy it again."
        ) from error


def _with_label(rows: Any, label: str, known: Mapping[str, str]) -> Any:
    """Return a batch of rows with the column of labels that its file's folder holds, where the file has none."""
    import pyarrow

    if label in rows.schema.names or label not in known:
        return rows
    added = pyarrow.array([known[label] or None] * len(rows), pyarrow.string())
    return pyarrow.RecordBatch.from_arrays([*rows.columns, added], names=[*rows.schema.names, label])


def _ahead(batches: Iterator[Any]) -> Iterator[Any]:
    """Yield each batch of rows while a thread reads the next one; pyarrow lets others compute meanwhile."""
    with ThreadPoolExecutor(1) as reader:
        waiting = reader.submit(next, batches, None)
        while (batch := waiting.result()) is not None:
            waiting = reader.submit(next, batches, None)
            yield batch


@dataclass(frozen=True, eq=False)
class RowReader:
    """Pictures by file and row; a few groups of rows stay in memory."""

    paths: tuple[Path, ...]
    root: Path
    image: str

    def content(self, file: int, row: int, size: int, name: str) -> bytes:
        """Return the bytes of a picture."""
        starts = self._starts(file)
        group = bisect_right(starts, row) - 1
        contents, paths = self._group(file, group)
        found = contents[row - starts[group]].as_py()
        found = (
            found
            if found is not None
            else beside(self.root, paths[row - starts[group]].as_py() if paths is not None else None)
        )
        if isinstance(found, str):
            raise OSError(found)
        return bytes(found)

    @cached_property
    def _file(self) -> Callable[[int], Any]:
        """A file, opened; a few stay open with the reader, for a table of contents may be long."""
        return lru_cache(maxsize=GROUPS)(lambda file: _opened(self.paths[file]))

    @cached_property
    def _starts(self) -> Callable[[int], list[int]]:
        """The first row of each group of a file, and the number of its rows; kept with the reader."""
        return cache(self._read_starts)

    @cached_property
    def _group(self) -> Callable[[int, int], tuple[Any, Any]]:
        """The pictures and paths in a group of a file; a few groups are kept with the reader."""
        return lru_cache(maxsize=GROUPS)(self._read_group)

    def _read_starts(self, file: int) -> list[int]:
        metadata = self._file(file).metadata
        starts = [0]
        for group in range(metadata.num_row_groups):
            starts.append(starts[-1] + metadata.row_group(group).num_rows)
        return starts

    def _read_group(self, file: int, group: int) -> tuple[Any, Any]:
        from pyarrow import types

        column = self._file(file).read_row_group(group, columns=[self.image])[self.image].combine_chunks()
        column = column.chunk(0) if hasattr(column, "chunk") and column.num_chunks == 1 else column
        if not types.is_struct(column.type):
            return column, None
        return column.field("bytes"), column.field("path") if column.type.get_field_index("path") >= 0 else None
