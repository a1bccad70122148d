"""Columns that stand in the folders of a table's files, as Hive, Spark and pyarrow write them: ``label=cat/part-0.parquet``."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote

from explorer.datasets.readers.containers.sides import side_of
from explorer.datasets.readers.containers.tables import LABELS

# What is written for a missing value.
MISSING = "__HIVE_DEFAULT_PARTITION__"


def partitions(path: Path, root: Path) -> dict[str, str]:
    """Return the values of the columns in the folders between a root and a file."""
    pairs = [part.partition("=") for part in path.relative_to(root).parts[:-1]]
    return {name: "" if value == MISSING else unquote(value) for name, mark, value in pairs if name and mark}


def label_partition(paths: Sequence[Path], root: Path) -> str:
    """Return the name of a column of labels that stands in the folders of all files; empty where there is none."""
    known = [partitions(path, root) for path in paths]
    shared = set.intersection(*map(set, known)) if known else set()
    return next((name for wanted in LABELS for name in shared if name.lower() == wanted), "")


def side_beside(path: Path, root: Path, label: str) -> str:
    """Return the side in a file's path, whose label ``label`` is no side whatever it is called: a class may be a train."""
    parts = [part for part in path.relative_to(root).parts if not (label and part.startswith(f"{label}="))]
    return side_of("/".join(parts))
