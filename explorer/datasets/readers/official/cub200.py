"""CUB-200-2011 (Wah et al. 2011): pictures, their classes and their sides in three texts of numbered lines."""

from dataclasses import dataclass
from pathlib import Path

from explorer.core.progress import Progress
from explorer.datasets.assembly import Entry, Listing, assemble
from explorer.datasets.base import Dataset
from explorer.datasets.file_tree import FileTree
from explorer.datasets.readers.base import DatasetFolder

IMAGES, CLASSES, LABELS, SPLIT = "images.txt", "classes.txt", "image_class_labels.txt", "train_test_split.txt"
MOST_BYTES = 32 * 2**20


@dataclass(frozen=True)
class Cub200(DatasetFolder):
    """A folder of the form of CUB-200-2011, which NABirds has as well."""

    def matches(self) -> bool:
        """Return whether its texts are there."""
        return all((self.path / name).is_file() for name in (IMAGES, LABELS, SPLIT))

    def open(self, progress: Progress) -> Dataset:
        """Return the data set.

        Raises:
            ExplorerError: fewer than two classes have a picture on each side.
        """
        tree = FileTree(self.path, list(self.refused))
        files, labels, sides, names = (_numbered(self.path / name) for name in (IMAGES, LABELS, SPLIT, CLASSES))
        entries = []
        for number, file in files.items():
            place = f"images/{file}"
            if ".." in file.split("/") or not (self.path / place).is_file():
                tree.skip(file[:200], "there is no such picture")
            elif number in labels and tree.inside(place):
                label = names.get(labels[number], labels[number])
                entries.append(Entry(place, label.replace("/", "-"), "train" if sides.get(number) == "1" else "test"))
        listing = Listing(
            self.name or str(self.path),
            self.title or self.path.name,
            tree.root,
            entries,
            tree.skipped,
            facts={"split": f"as {SPLIT} gives it"},
            layout=f"CUB-200: {IMAGES}, {LABELS}, {SPLIT}",
            origins=dict.fromkeys(("train", "test"), SPLIT),
        )
        return assemble(listing, progress)


def _numbered(path: Path) -> dict[str, str]:
    """Return what stands behind each number of a text; nothing where there is no such text."""
    if not path.is_file() or path.stat().st_size > MOST_BYTES:
        return {}
    lines = (line.strip().partition(" ") for line in path.read_text("utf-8", "replace").splitlines())
    return {number: text.strip() for number, _, text in lines if text}
