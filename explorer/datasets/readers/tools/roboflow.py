"""Roboflow's CSV export of classification: ``_classes.csv`` in each of ``train``, ``valid`` and ``test``, a column a class."""

import csv
from pathlib import Path

from explorer.core.errors import ExplorerError
from explorer.datasets.readers.containers.sides import side_of
from explorer.datasets.readers.tools.references import Export, Labelled

NAME = "_classes.csv"
MOST_BYTES = 128 * 2**20


def classes_files(root: Path) -> list[Path]:
    """Return the tables of a folder, of its own or of its sides."""
    return [path for path in (root / NAME, *sorted(root.glob(f"*/{NAME}"))) if path.is_file() and not path.is_symlink()]


def roboflow_export(root: Path) -> Export:
    """Return pictures and labels of all sides.

    Raises:
        ExplorerError: a table is no table, or a picture has several labels.
    """
    pictures = []
    for path in classes_files(root):
        side = side_of(path.parent.name) if path.parent != root else ""
        pictures += [
            row._replace(side=side, reference=f"{path.parent.name}/{row.reference}" if side else row.reference)
            for row in _rows(path)
        ]
    return Export(f"Roboflow, {NAME}", pictures)


def _rows(path: Path) -> list[Labelled]:
    if path.stat().st_size > MOST_BYTES:
        raise ExplorerError(f"{path} has more than {MOST_BYTES // 2**20} MB; give a shorter table.")
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            table = csv.reader(stream)
            names = [name.strip() for name in next(table, [])][1:]
            return [Labelled(row[0].strip(), _label(path, row, names)) for row in table if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ExplorerError(f"{path} is no table in UTF-8 that can be read ({error}); export it again.") from error


def _label(path: Path, row: list[str], names: list[str]) -> str:
    chosen = [
        name for name, value in zip(names, row[1:], strict=False) if value.strip() in ("1", "1.0", "True", "true")
    ]
    if len(chosen) > 1:
        raise ExplorerError(
            f"{path} has several classes on {row[0]} ({', '.join(chosen[:3])}); this program takes one label a picture: export single-label classification."
        )
    return chosen[0] if chosen else ""
