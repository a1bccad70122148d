"""A folder with Hugging Face's ``metadata.csv``, ``metadata.jsonl`` or ``metadata.parquet``: one for all images, or one in each split's folder."""

from dataclasses import dataclass
from functools import cached_property

from explorer.core.progress import Progress
from explorer.datasets.assembly import assemble
from explorer.datasets.base import Dataset
from explorer.datasets.file_tree import FileTree
from explorer.datasets.readers.base import DatasetFolder
from explorer.datasets.readers.label_list import SIDES, LabelledLines, LabelList, has_labels

# Hugging Face's names of the list, in a folder or in each folder of a split.
METADATA = ("metadata.csv", "metadata.jsonl", "metadata.parquet")


@dataclass(frozen=True)
class MetadataFolder(DatasetFolder):
    """A folder whose labels stand in Hugging Face's metadata files."""

    chooses = LabelList.chooses

    def matches(self) -> bool:
        """Return whether there is a metadata file with labels."""
        return bool(self.files)

    def open(self, progress: Progress) -> Dataset:
        """Return the data set.

        Raises:
            ExplorerError: as :meth:`explorer.datasets.readers.label_list.LabelList.open`.
        """
        lines = LabelledLines(FileTree(self.path, list(self.refused)), choices=self.choices)
        for folder, file in self.files:
            lines.read(f"{folder}/{file}" if folder else file, folder)
        return assemble(lines.listing(self.name or str(self.path), self.title or self.path.name), progress)

    @cached_property
    def files(self) -> list[tuple[str, str]]:
        """The metadata files that have labels: for each its folder below :attr:`path` and its name."""
        places = [("", name) for name in METADATA] + [(folder, name) for folder in SIDES if folder for name in METADATA]
        return [place for place in places if has_labels(self.path.joinpath(*place), "filename", self.choices)]
