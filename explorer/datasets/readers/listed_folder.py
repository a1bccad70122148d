"""A folder of pictures with lists of their labels: Kaggle's ``train.csv`` beside ``train/``, ``labels.csv`` beside ``images/``."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from explorer.core.progress import Progress
from explorer.datasets.assembly import Entry, Listing, assemble
from explorer.datasets.base import Dataset
from explorer.datasets.file_tree import FileTree, printable
from explorer.datasets.readers.base import DatasetFolder
from explorer.datasets.readers.class_folders import understood
from explorer.datasets.readers.folders.flat import flat_folders
from explorer.datasets.readers.folders.refusals import first_files, several_classes
from explorer.datasets.readers.label_list import LabelledLines, LabelList
from explorer.datasets.readers.tables.beside import AGREE, ListBeside, agreement, lists_beside, lists_used, only_test
from explorer.datasets.readers.tables.class_names import with_names


@dataclass(frozen=True)
class ListedFolder(DatasetFolder):
    """A folder whose labels stand in lists beside the pictures."""

    chooses = LabelList.chooses

    def matches(self) -> bool:
        """Return whether there are lists that label the pictures, and the folders do not."""
        return bool(self.lists) and self._wins()

    def open(self, progress: Progress) -> Dataset:
        """Return the data set.

        Raises:
            ExplorerError: as :meth:`explorer.datasets.readers.label_list.LabelList.open`.
        """
        tree = self.file_tree.fresh()
        used = lists_used(self.lists)
        lines = LabelledLines(tree, choices=self.choices)
        for one in used:
            lines.read(one.file, one.folder, side=one.side)
        if doubt := only_test(used, lines.entries):
            lines.doubts.append(doubt)
            lines.entries = [entry._replace(side="") for entry in lines.entries]
        listing = lines.listing(self.name or str(self.path), self.title or self.path.name)
        _leave_unlisted(tree, listing.entries)
        return assemble(self._described(listing, tree, used), progress)

    @cached_property
    def lists(self) -> list[ListBeside]:
        """The lists in the folder that label pictures in it."""
        return [one for one in lists_beside(self.file_tree, self.choices) if not one.unclear]

    def _wins(self) -> bool:
        """Return whether the lists say more than the folders do."""
        if self.choices.classes or self.choices.columns:
            return True
        used = lists_used(self.lists)
        if flat_folders(self.file_tree):
            return True
        found = understood(self.file_tree.fresh())
        if len({entry.label for entry in found.entries}) < 2:
            return True
        sided = any(entry.side == "test" for entry in found.entries)
        splits = any(one.split for one in used) or {one.side for one in used} >= {"train", "test"}
        return splits and not sided and all(agreement(one.pairs, found.entries) >= AGREE for one in used)

    def _described(self, listing: Listing, tree: FileTree, used: Sequence[ListBeside]) -> Listing:
        names = ", ".join(printable(one.file) for one in used)
        word = "a list" if len(used) == 1 else "lists"
        origins = listing.origins and {
            side: next((printable(one.file) for one in used if one.side == given), names)
            for side, given in (("train", "train"), ("test", used[-1].side))
        }
        others = [printable(one.file) for one in self.lists if one not in used]
        facts = listing.facts | ({"lists not used": ", ".join(others)} if others else {})
        rivals = [
            one
            for one in self.lists
            if one not in used and (not one.side or agreement(one.pairs, listing.entries) < AGREE)
        ]
        doubts = [*listing.doubts]
        if rivals and not used[0].side:
            doubts.append(
                f"There are several lists; {names} is taken. For {printable(rivals[0].file)} give its own path."
            )
        if several := several_classes(tree, first_files(tree)):
            doubts.append(f"{names} is taken. {several}")
        named = with_names(tree, listing.entries, used[0].folder)
        return replace(
            listing,
            entries=named,
            layout=f"{word} beside the pictures: {names}",
            origins=origins,
            facts=facts,
            doubts=doubts,
        )


def _leave_unlisted(tree: FileTree, entries: Sequence[Entry]) -> None:
    """Leave out the pictures that no list names, counted for each folder of the first level."""
    listed = {entry.file for entry in entries}
    counts = Counter(file.partition("/")[0] if "/" in file else "*" for file in tree.names() if file not in listed)
    for folder, count in sorted(counts.items()):
        tree.leave_files(folder, "no list that is used labels these pictures", count)
