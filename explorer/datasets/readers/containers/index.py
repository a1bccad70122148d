"""Index of the pictures inside larger files: where each lies, its label and content id."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import compress
from typing import Any, Protocol

import numpy as np

from explorer.core.allocation import without_garbage_search
from explorer.core.progress import Progress
from explorer.datasets.assembly import Entry, Listing
from explorer.datasets.base import Skipped
from explorer.datasets.file_checks import Checks
from explorer.datasets.pictures import EncodedPictures, Pictures, taken

COLUMNS = ("name", "label", "side", "file", "place", "size", "id", "reason")


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
        named = compress(zip(columns["name"], columns["label"], renamed, strict=True), kept)
        with without_garbage_search():
            return list(map(partial(tuple.__new__, Entry), named))

    def counts(self) -> dict[str, int]:
        """Return how many pictures have a label, by side."""
        return dict(Counter(compress(self.columns["side"], self.columns["label"])))

    def unlabelled(self) -> dict[str, int]:
        """Return how many pictures have no label, by side."""
        return dict(Counter(self.columns["side"]) - Counter(self.counts()))


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
    kept, used = {side: "" for side in counts if side or "train" not in counts}, {}
    others, doubts = _of_no_side(counts, origins, tests)
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
        left_out=[*listing.left_out, *gone, *others],
        doubts=[*listing.doubts, *doubts],
        what="labels",
    )


def _of_no_side(counts: Mapping[str, int], origins: Mapping[str, str], tests: str) -> tuple[list[Skipped], list[str]]:
    """Return pictures that no side is named for as left out where there is a training side, or as doubtful beside a test side alone."""
    count, others = counts.get("", 0), origins.get("", "pictures")
    if count and "train" in counts:
        return [Skipped(others, "their name says no side of the data", count)], []
    if not count or not tests:
        return [], []
    said = (
        f"Only {origins.get(tests, 'the test side')} is named as a side of the data; {others} ({count:,} pictures) is taken together "
        "with it: call the part for training train, or take the other out."
    )
    return [], [said]


def _unlabelled(side: str, count: int) -> Skipped:
    named = {"train": " for training", "val": " for validation", "test": " for testing"}.get(side, "")
    return Skipped(f"pictures{named}", "they have no label", count)
