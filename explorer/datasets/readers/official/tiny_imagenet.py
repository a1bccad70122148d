"""Tiny-ImageNet (Le & Yang 2015): ``train/wnid/images``, and ``val/images`` with the labels in ``val_annotations.txt``."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from explorer.core.progress import Progress
from explorer.datasets.assembly import Entry, Listing, assemble
from explorer.datasets.base import Dataset, Skipped
from explorer.datasets.file_tree import FileTree
from explorer.datasets.readers.base import DatasetFolder

ANNOTATIONS, WORDS = "val/val_annotations.txt", "words.txt"
MOST_BYTES = 32 * 2**20


@dataclass(frozen=True)
class TinyImagenet(DatasetFolder):
    """A folder of Tiny-ImageNet's form."""

    def matches(self) -> bool:
        """Return whether its list of validation pictures and its training folder are there."""
        return (self.path / ANNOTATIONS).is_file() and (self.path / "train").is_dir()

    def open(self, progress: Progress) -> Dataset:
        """Return the data set; validation pictures are for testing, since those called test have no labels.

        Raises:
            ExplorerError: fewer than two classes have a picture on each side.
        """
        tree = FileTree(self.path, list(self.refused))
        wnids = tree.folders("train")
        names = _names(self.path / WORDS, wnids)
        entries = [Entry(file, names[wnid], "train") for wnid in wnids for file in tree.pictures(f"train/{wnid}")]
        text = (
            (self.path / ANNOTATIONS).read_text("utf-8", "replace")
            if (self.path / ANNOTATIONS).stat().st_size < MOST_BYTES
            else ""
        )
        for words in (line.split("\t") for line in text.splitlines()):
            file = f"val/images/{words[0]}"
            if len(words) > 1 and words[1] in names and (self.path / file).is_file() and tree.inside(file):
                entries.append(Entry(file, names[words[1]], "test"))
        unused = len(tree.pictures("test")) if (self.path / "test").is_dir() else 0
        listing = Listing(
            self.name or str(self.path),
            self.title or self.path.name,
            tree.root,
            entries,
            tree.skipped,
            facts={"split": f"as given, in the folder train and in {ANNOTATIONS}"},
            layout=f"Tiny-ImageNet: train/class/images, {ANNOTATIONS}",
            origins={"train": "the folder train", "test": ANNOTATIONS},
            left_out=[Skipped("test", "its pictures have no labels", unused)] if unused else [],
        )
        return assemble(listing, progress)


def _names(file: Path, wnids: list[str]) -> dict[str, str]:
    """Return each class's first English name where no two classes share it, else its number in WordNet."""
    text = file.read_text("utf-8", "replace") if file.is_file() and file.stat().st_size < MOST_BYTES else ""
    known = dict(line.split("\t", 1) for line in text.splitlines() if "\t" in line)
    names = {wnid: known.get(wnid, wnid).split(",")[0].strip() or wnid for wnid in wnids}
    shared = Counter(names.values())
    return {wnid: name if shared[name] == 1 else wnid for wnid, name in names.items()}
