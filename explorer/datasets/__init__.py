"""A name or a path becomes a :class:`Dataset`. A new source is one file and one line in ``SOURCES``."""

import os
from pathlib import Path
from typing import Protocol

from explorer.core.errors import ExplorerError
from explorer.core.progress import Progress, silent
from explorer.datasets.archives.archive import ARCHIVES, Archive, folder_layout
from explorer.datasets.base import Dataset, Skipped, Split, stratified
from explorer.datasets.readers.class_folders import ClassFolders, existing_folder
from explorer.datasets.readers.label_list import LISTS, LabelList, MetadataFolder
from explorer.datasets.sources.cifar import CLASSES, Cifar
from explorer.datasets.sources.cifar_n import KINDS, CifarN
from explorer.datasets.sources.drawn import Drawn
from explorer.datasets.sources.drawn_clean import CleanLabels
from explorer.datasets.sources.torchvision_datasets import TORCHVISION_DATASETS
from explorer.datasets.uploads import root_of

__all__ = ["SOURCES", "Dataset", "Skipped", "Source", "Split", "open_dataset", "stratified"]


class Source(Protocol):
    """A data set that has a name."""

    @property
    def name(self) -> str:
        """Return the name by which it is asked for."""

    @property
    def title(self) -> str:
        """Return what a screen calls it."""

    def cached(self) -> bool:
        """Return whether it can be opened without fetching."""

    def open(self, progress: Progress) -> Dataset:
        """Return it, fetched where necessary."""


_CATS_VS_DOGS = Cifar("cats-vs-dogs", "CIFAR-10 cats and dogs", ("cat", "dog"))
_ALL: tuple[Source, ...] = (
    _CATS_VS_DOGS,
    *(CifarN(_CATS_VS_DOGS, kind) for kind in KINDS),
    Cifar("cifar10", "CIFAR-10", CLASSES),
    Drawn(),
    CleanLabels(Drawn()),
    *TORCHVISION_DATASETS,
)
SOURCES: dict[str, Source] = {source.name: source for source in _ALL}


def open_dataset(name: str, progress: Progress = silent) -> Dataset:
    """Return the data set of this name, or that at this path: a folder, an archive or a list.

    Raises:
        ExplorerError: there is none; the sentence says what can be given.
        UnavailableError: it would have to be fetched, and no source answers.
    """
    if name in SOURCES:
        return SOURCES[name].open(progress)
    return _at(name).open(progress)


def _at(name: str) -> ClassFolders | MetadataFolder | LabelList | Archive:
    """Return how what lies at a path is opened."""
    path = Path(os.path.expanduser(name))
    if os.path.isdir(path):  # False, not an error, where no folder can have this name
        return folder_layout(existing_folder(path))
    if not os.path.isfile(path):
        if "/" in name:
            return ClassFolders(path)  # which says that there is none
        raise ExplorerError(
            f"There is no data set {name!r}; choose one of {', '.join(SOURCES)}, or give the path of a folder."
        )
    if path.suffix.lower() in LISTS:
        return LabelList(path, root_of(path))
    if path.name.lower().endswith(ARCHIVES):
        return Archive(path)
    allowed = ", ".join((*ARCHIVES, *LISTS))
    raise ExplorerError(
        f"{path} is no data set; give a folder of class folders, or a file whose name ends in {allowed}."
    )
