"""The base class of all layouts of a folder that holds a data set."""

import os
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from explorer.core.progress import Progress
from explorer.datasets.base import Dataset, Skipped
from explorer.datasets.choices import NO_CHOICES, Choices
from explorer.datasets.file_tree import FileTree


@dataclass(frozen=True)
class DatasetFolder(ABC):
    """A folder that is read by one layout.

    Attributes:
        path: the folder.
        name: of the data set; the folder's path where empty.
        title: of the data set; the folder's name where empty.
        refused: files that were left out before, such as members of an archive.
        tree: the files below the folder, where they were listed before.
        choices: of a person, about how it is to be read.
        chooses: the choices about columns that this layout takes.
    """

    path: Path
    name: str = ""
    title: str = ""
    refused: tuple[Skipped, ...] = ()
    tree: FileTree | None = field(default=None, compare=False, repr=False)
    choices: Choices = NO_CHOICES
    chooses: ClassVar[frozenset[str]] = frozenset()

    @cached_property
    def file_tree(self) -> FileTree:
        """The files below the folder."""
        return self.tree or FileTree(Path(os.path.realpath(os.path.expanduser(self.path))), list(self.refused))

    @abstractmethod
    def matches(self) -> bool:
        """Return whether the folder has this layout."""

    @abstractmethod
    def open(self, progress: Progress) -> Dataset:
        """Return the data set.

        Raises:
            ExplorerError: the folder is missing, or fewer than two classes with images in both splits are left.
        """


@dataclass(frozen=True)
class _Beside(DatasetFolder):
    """A folder within the one that is given, with what is left out beside it.

    Attributes:
        inner: its reader.
        left_out: the folders beside it.
    """

    inner: DatasetFolder | None = None
    left_out: tuple[Skipped, ...] = ()

    def matches(self) -> bool:
        """Return whether its layout is the inner one's."""
        return self.inner is not None and self.inner.matches()

    def open(self, progress: Progress) -> Dataset:
        """Return the data set of the inner folder; raises as it does."""
        assert self.inner is not None
        found = self.inner.open(progress)
        return replace(found, left_out=(*found.left_out, *self.left_out))


def beside(inner: DatasetFolder, tree: FileTree) -> DatasetFolder:
    """Return the reader of a folder within that of ``tree``, which says what the tree leaves out."""
    return (
        _Beside(inner.path, inner.name, inner.title, inner=inner, left_out=tuple(tree.left_out))
        if tree.left_out
        else inner
    )
