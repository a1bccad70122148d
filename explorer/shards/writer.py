"""Writing tables of shards: a shard's files first, each whole, then the manifest that names them."""

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from explorer.core.checksums import write_manifest
from explorer.core.errors import ExplorerError
from explorer.core.files import lock, writing
from explorer.core.object_store import address, offered
from explorer.shards.block_sums import block_sums
from explorer.shards.quantised import quantised
from explorer.shards.table import (
    FEATURES,
    MANIFEST,
    ROWS,
    SCALES,
    SCAN,
    SUMS,
    Shard,
    Table,
    check_rows,
    file_of,
    shards_of,
)

# Rows that are rounded at once: their float64 numbers stay in a core's cache, which takes a third of the time of 8,192.
PIECE = 256


def write_shard(folder: Path, place: int, features: np.ndarray, **columns: np.ndarray) -> Shard:
    """Write the files of one shard and return it for :func:`write_table`; it is in no table yet.

    Args:
        folder: of the table.
        place: the shard's number.
        features: ``(r, d)``, standardised, last column 1; rounded to half precision.
        columns: other arrays with one entry a row, such as ``labels``.

    Raises:
        ExplorerError: a number has no half precision (above 65,504, or not finite), or the arrays differ in rows.
    """
    with np.errstate(over="ignore"):  # said below, in a sentence
        half = features.astype(np.float16)
    if not np.isfinite(half).all():
        raise ExplorerError(
            "A feature is not finite or above 65,504 in half precision; look for the picture that is not like the others."
        )
    pieces = [quantised(half[start : start + PIECE]) for start in range(0, len(half), PIECE)]
    whole, scales = (np.concatenate(part) for part in zip(*pieces, strict=True))
    arrays = {FEATURES: half, SCAN: whole, SCALES: scales, **columns}
    rows = check_rows(arrays)
    return Shard(0, rows, _written(folder, place, arrays | {SUMS: block_sums(half)}))


def _written(folder: Path, place: int, arrays: Mapping[str, np.ndarray]) -> dict[str, str]:
    """Write arrays of a shard; return their checksums."""
    return {name: _save(file_of(folder, name, place), np.asarray(array)) for name, array in arrays.items()}


def _save(path: Path, array: np.ndarray) -> str:
    """Write an array as ``.npy``, whole or not at all; return its SHA-256, taken from what was meant, not from the disk."""
    hashed = hashlib.sha256()
    with writing(path, array.nbytes) as temporary, temporary.open("wb") as stream:

        def write(piece: bytes) -> None:
            hashed.update(piece)
            stream.write(piece)

        np.save(SimpleNamespace(write=write), array)
    offered(path)
    return hashed.hexdigest()


def write_table(folder: Path, columns: int, shards: Sequence[Shard], rows_a_shard: int = ROWS) -> Table:
    """Write the manifest of a table over shards whose files are there; from now on the table is these."""
    table = Table(folder, columns, shards_of([shard.to_dict() for shard in shards]), rows_a_shard)
    write_manifest(folder / MANIFEST, table.to_dict())
    return table


def append(folder: Path, features: np.ndarray, rows_a_shard: int = ROWS, **columns: np.ndarray) -> Table:
    """Add rows behind those of the table in ``folder``, as new shards; the table is made where there is none.

    The old manifest holds until the new shards are whole. Whoever has the table open goes on with the old one.

    Args:
        folder: of the table.
        features: ``(r, d)``.
        rows_a_shard: of a new table; a table keeps what it has.
        columns: arrays with one entry a row; the same names as in the table.

    Raises:
        ExplorerError: other columns than the table has.
    """
    with lock(folder):
        new = not (folder / MANIFEST).is_file()
        table = Table(folder, features.shape[1], (), rows_a_shard) if new else Table.open(folder)
        _check(table, features, columns)
        shards = list(table.shards)
        for rows in _parts(len(features), table.rows_a_shard):
            own = {name: array[rows] for name, array in columns.items()}
            shards.append(write_shard(folder, len(shards), features[rows], **own))
        return write_table(folder, table.columns, shards, table.rows_a_shard)


def _check(table: Table, features: np.ndarray, columns: Mapping[str, np.ndarray]) -> None:
    known = {name for shard in table.shards for name in shard.files} - {FEATURES, SCAN, SCALES, SUMS}
    if table.shards and (features.shape[1] != table.columns or set(columns) != known):
        raise ExplorerError(
            f"The table in {table.folder} has {table.columns} features and the arrays {sorted(known) or 'none'}; "
            f"{features.shape[1]} and {sorted(columns) or 'none'} were given. Append rows with the same."
        )


def write_beside(folder: Path, place: int, **columns: np.ndarray) -> dict[str, str]:
    """Write arrays with one entry a row beside the features of a shard that is there; return their checksums, for :func:`with_columns`."""
    return _written(folder, place, columns)


def with_columns(table: Table, written: Sequence[Mapping[str, str]]) -> Table:
    """Write the manifest of a table whose shards have more arrays; return the table that has them.

    Args:
        table: as it was.
        written: of each shard what :func:`write_beside` returned.
    """
    shards = [Shard(0, old.rows, {**old.files, **new}) for old, new in zip(table.shards, written, strict=True)]
    return write_table(table.folder, table.columns, shards, table.rows_a_shard)


def as_arrays(checksums: Mapping[str, str]) -> dict[str, np.ndarray]:
    """Return checksums as arrays of 32 bytes, which tasks of an engine return."""
    return {name: np.frombuffer(bytes.fromhex(value), dtype=np.uint8) for name, value in checksums.items()}


def from_arrays(arrays: Mapping[str, np.ndarray]) -> dict[str, str]:
    """Return the checksums of which :func:`as_arrays` made ``arrays``."""
    return {name: value.tobytes().hex() for name, value in arrays.items()}


def link(table: Table, here: Path) -> None:
    """Give the files of a table a second name in a new folder, which costs nothing; copies where the disk has no such links."""
    if address():  # other machines wrote some of them
        table.read_first(sorted(table.shards[0].files), range(len(table.shards)))
    here.mkdir()
    for path in sorted(table.folder.iterdir()):
        try:
            os.link(path, here / path.name)
        except OSError:
            shutil.copyfile(path, here / path.name)


def _parts(rows: int, most: int) -> Iterator[slice]:
    for start in range(0, rows, most):
        yield slice(start, min(start + most, rows))
