"""Assembly of a data set from a listing of files: unusable files are left out with a reason, a missing split is made."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import compress
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from explorer.core.progress import Progress
from explorer.datasets.base import Dataset, Skipped, Split
from explorer.datasets.choices import Offer, UnclearError
from explorer.datasets.doubts.class_kinds import kind_doubts
from explorer.datasets.doubts.conflicts import label_conflicts
from explorer.datasets.doubts.far_numbers import far_numbers
from explorer.datasets.doubts.name_copies import name_copies
from explorer.datasets.doubts.reading import class_doubts, lost_classes, some
from explorer.datasets.file_checks import Checks, check_files
from explorer.datasets.file_tree import printable
from explorer.datasets.packed import Texts
from explorer.datasets.pictures import FilePictures, FilesBelow, Pictures
from explorer.datasets.survey import surveyed

# The split for data that have none (docs/conventions.md): one in five pictures of each class, seed 0.
TEST_SHARE, SPLIT_SEED = 0.2, 0
MADE = "made here: one in five pictures of each class is for testing (seed 0), exact duplicates stay on one side"
# Letters of a name that a sentence shows: paths may have as many, a picture in a cell has thousands.
LONGEST = 300
# The fact that names the folders that no side of a given split uses.
LEFT_OUT = "folders left out"


class Entry(NamedTuple):
    """An image file below the root, its label, and its side: ``"train"``, ``"test"``, or empty where no split is given."""

    file: str
    label: str
    side: str = ""


class Store(Protocol):
    """Where the pictures of a listing lie: files of a folder, or parts of larger files."""

    def checks(self, files: Sequence[str], progress: Progress) -> Checks:
        """Return for each picture, by its name, its content id, or the reason why it cannot be used."""

    def pictures(self, files: Sequence[str], ids: Sequence[str]) -> Pictures:
        """Return pictures by their names and content ids."""


@dataclass(frozen=True)
class FolderStore:
    """Picture files below a folder."""

    root: Path

    def checks(self, files: Sequence[str], progress: Progress) -> Checks:
        """Return for each file its content id, or the reason why it cannot be used; each is decoded once."""
        checks = check_files(self.root, list(files), progress)
        return Checks([check.id for check in checks], [check.reason for check in checks])

    def pictures(self, files: Sequence[str], ids: Sequence[str]) -> Pictures:
        """Return the files as pictures."""
        return FilePictures(FilesBelow(self.root, Texts.of(files)), self.root, list(ids))


@dataclass(frozen=True)
class Listing:
    """All files that a folder or list names for a data set, before any of them is read.

    Attributes:
        name: of the data set; ``title`` likewise.
        root: the folder that the entries' paths are relative to.
        entries: the files, in the order of the data set.
        skipped: files that were left out so far.
        what: plural noun of what a class comes from, for errors, such as ``folders with pictures``.
        facts: further statements for the screen.
        layout: how the folder or file was understood, in words, such as ``"class folders"``.
        origins: where each side comes from, by ``"train"`` and ``"test"``, such as ``"the folder Train"``.
        left_out: folders and parts that are left out as a whole, each with its reason and number of pictures.
        doubts: sentences on what is doubtful in this reading, beside what every data set is checked for.
        classes: names of classes that were seen, with pictures or without; those of ``entries`` count in any case.
        offers: what a person can choose instead; those that leave nothing to choose do not count.
        hint: what to do where there are no classes, a sentence; empty where nothing is known.
        store: where the pictures lie; files below ``root`` where None.
    """

    name: str
    title: str
    root: Path
    entries: list[Entry]
    skipped: list[Skipped]
    what: str = "folders with pictures"
    facts: dict[str, str] = field(default_factory=dict)
    layout: str = ""
    origins: dict[str, str] = field(default_factory=dict)
    left_out: Sequence[Skipped] = ()
    doubts: Sequence[str] = ()
    classes: Sequence[str] = ()
    store: Store | None = None
    hint: str = ""
    offers: Sequence[Offer] = ()

    @property
    def pictures(self) -> Store:
        """Where the pictures lie."""
        return self.store or FolderStore(self.root)


@dataclass(frozen=True, eq=False)
class _Checked:
    """The entries whose files can be used, their content ids ``(n,)``, and all files that are left out."""

    entries: list[Entry]
    ids: np.ndarray
    skipped: list[Skipped]


def assemble(listing: Listing, progress: Progress) -> Dataset:
    """Return the data set of all files in ``listing`` that can be used; each is read and decoded once.

    Raises:
        ExplorerError: fewer than two classes are left, or one has too few images for both sides.
    """
    names = sorted({entry.label for entry in listing.entries if entry.side != "test"})
    checked = _check_entries(listing, progress)
    given = any(map(attrgetter("side"), listing.entries))
    classes = sorted({entry.label for entry in checked.entries if entry.side != "test"})
    _check_classes(listing, names, classes, checked.skipped)
    rows = {name: row for row, name in enumerate(classes)}
    kept = np.array([place for place, entry in enumerate(checked.entries) if entry.label in rows], dtype=np.int64)
    entries, ids = [checked.entries[place] for place in kept], checked.ids[kept]
    labels = np.array([rows[entry.label] for entry in entries], dtype=np.int64)
    test = _given_split(listing, entries) if given else _drawn_split(listing, classes, labels, ids)
    train, other = (_split(listing.pictures, entries, labels, ids, np.flatnonzero(side)) for side in (~test, test))
    lost = sorted({*names, *listing.classes} - set(rows))
    facts, notice = _facts_and_notice(listing, checked.skipped, lost, (train, other))
    facts |= {} if given else {"split": MADE}
    files = [entry.file for entry in entries]
    copies = [] if given or listing.store else name_copies(files)
    named = [*class_doubts(classes), *far_numbers(classes), *kind_doubts(classes), *lost_classes(lost)]
    made = Dataset(
        listing.name,
        listing.title,
        tuple(classes),
        train,
        other,
        notice,
        facts,
        skipped=tuple(checked.skipped),
        layout=listing.layout,
        origins=listing.origins if given else dict.fromkeys(("train", "test"), MADE),
        left_out=tuple(listing.left_out),
        warnings=(*listing.doubts, *named, *label_conflicts(ids, labels, classes, files), *copies),
        offers=tuple(offer for offer in listing.offers if offer.open),
    )
    return surveyed(made)


def _given_split(listing: Listing, entries: list[Entry]) -> np.ndarray:
    """Return which images ``(n,)`` are for testing.

    Raises:
        UnclearError: none is.
    """
    test = np.array([entry.side == "test" for entry in entries], dtype=bool)
    if not test.any():
        raise UnclearError(
            f"{listing.name} has no test picture that can be read; add some, or give no split at all.", listing.offers
        )
    return test


def _check_entries(listing: Listing, progress: Progress) -> _Checked:
    checks = listing.pictures.checks([entry.file for entry in listing.entries], progress)
    good = [not reason for reason in checks.reasons]
    kept, ids = list(compress(listing.entries, good)), np.array(list(compress(checks.ids, good)))
    pairs = zip(listing.entries, checks.reasons, strict=True)
    refused = [Skipped(printable(entry.file), reason) for entry, reason in pairs if reason]
    return _Checked(kept, ids, [*listing.skipped, *refused])


def _check_classes(listing: Listing, names: list[str], classes: list[str], skipped: list[Skipped]) -> None:
    strange = sorted({entry.label for entry in listing.entries} - set(names))
    if strange and len(names) > 1:
        raise UnclearError(
            f"The test side of {listing.name} has classes without training pictures: {some(strange)}; the training side has {some(names)}.",
            listing.offers,
        )
    if len(classes) < 2:
        raise UnclearError(
            f"{listing.name} holds {len(classes)} {listing.what}; at least two are needed, one a class.{_first(skipped)}"
            + (f" {hint}" if (hint := listing.hint or _only(listing, classes)) else ""),
            listing.offers,
        )


def _only(listing: Listing, classes: Sequence[str]) -> str:
    """Return what to do where a list has one label alone; empty where that is not known."""
    if len(classes) != 1 or listing.what != "labels":
        return ""
    return f"The only one is {classes[0]!r}; name another column by --read label=COLUMN, or add pictures of a second class."


def _first(skipped: list[Skipped]) -> str:
    """Return how many files were left out, with the first and its reason; empty where none was."""
    if not skipped:
        return ""
    return f" {_files(len(skipped))} cannot be used; the first is {_short(skipped[0].file)}: {skipped[0].reason}."


def _short(name: str) -> str:
    """Return a name of which a cell that holds a whole picture leaves the start."""
    return name if len(name) <= LONGEST else f"{name[:LONGEST]}… ({len(name):,} letters)"


def _drawn_split(listing: Listing, classes: Sequence[str], labels: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """Return which images ``(n,)`` are for testing: one in five of each class; exact duplicates stay on one side."""
    content = np.unique(ids, return_inverse=True)[1]
    rng = np.random.default_rng(SPLIT_SEED)
    test = np.zeros(len(labels), dtype=bool)
    for label in range(len(classes)):
        groups = rng.permutation(np.unique(content[(labels == label) & ~np.isin(content, content[test])]))
        test |= np.isin(content, groups[: max(1, round(TEST_SHARE * len(groups)))])
    if missing := [name for label, name in enumerate(classes) if label not in labels[~test]]:
        raise UnclearError(
            f"{listing.name} has too few different pictures of: {some(missing)}; give at least two each.",
            listing.offers,
        )
    return test


def _split(store: Store, entries: list[Entry], labels: np.ndarray, ids: np.ndarray, rows: np.ndarray) -> Split:
    return Split(store.pictures([entries[row].file for row in rows], ids[rows].tolist()), labels[rows])


def _facts_and_notice(
    listing: Listing, skipped: list[Skipped], lost: list[str], sides: tuple[Split, Split]
) -> tuple[dict[str, str], str]:
    """Return the facts and the notice of the data set: what was left out, and duplicates across the sides."""
    facts, notice = dict(listing.facts), []
    if skipped:
        facts["skipped files"] = f"{len(skipped):,}"
        notice.append(f"{_files(len(skipped))} cannot be used and {_were(len(skipped))} left out.")
    if folders := facts.get(LEFT_OUT):
        notice.append(f"Left out, because they lie beside the folders of the split: {folders}.")
    if lost:
        facts["classes left out"] = ", ".join(lost)
        notice.append(f"No picture of {some(lost)} can be read, so {_were(len(lost))} left out as a class.")
    trained = set(sides[0].ids)
    if shared := sum(identity in trained for identity in sides[1].ids):
        said = f"{shared:,} of {len(sides[1].labels):,} test pictures"
        facts["exact duplicates across train and test"] = said
        notice.append(f"{said} are exact copies of training pictures, so accuracy looks better than it is.")
    return facts, " ".join(notice)


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count:,} files"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"
