"""The base class of all layouts of a folder that holds a data set."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

from explorer.core.progress import Progress
from explorer.datasets.base import Dataset, Skipped


@dataclass(frozen=True)
class DatasetFolder(ABC):
    """A folder that is read by one layout.

    Attributes:
        path: the folder.
        name: of the data set; the folder's path where empty.
        title: of the data set; the folder's name where empty.
        refused: files that were left out before, such as members of an archive.
    """

    path: Path
    name: str = ""
    title: str = ""
    refused: tuple[Skipped, ...] = ()

    @abstractmethod
    def matches(self) -> bool:
        """Return whether the folder has this layout."""

    @abstractmethod
    def open(self, progress: Progress) -> Dataset:
        """Return the data set.

        Raises:
            ExplorerError: the folder is missing, or fewer than two classes with images in both splits are left.
        """
