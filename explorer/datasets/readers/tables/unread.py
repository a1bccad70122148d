"""A list beside pictures that is not read, because nothing tells which of its columns name pictures and labels."""

import csv
from collections.abc import Sequence
from itertools import islice

from explorer.core.errors import ExplorerError
from explorer.datasets.choices import Offer
from explorer.datasets.file_tree import FileTree
from explorer.datasets.readers.tables.cells import column_offers
from explorer.datasets.readers.tables.columns import SAMPLE, columns_of
from explorer.datasets.readers.tables.lines import MOST_BYTES, names_of, parsed

ENDINGS = (".csv", ".tsv", ".jsonl")


def unread_offers(tree: FileTree, files: Sequence[str]) -> list[Offer]:
    """Return the columns of the first list among some files below a root, as such of pictures and of labels; nothing without a list."""
    for file in files:
        path = tree.root / file
        if not file.lower().endswith(ENDINGS) or path.is_symlink():
            continue
        try:
            names = names_of(path)
            sample = [line for line in islice(parsed(path, MOST_BYTES), SAMPLE) if isinstance(line, dict)]
        except (OSError, ValueError, csv.Error, ExplorerError):
            continue
        if len(names) > 1 and sample:
            return column_offers(names, sample, columns_of(names, sample))
    return []
