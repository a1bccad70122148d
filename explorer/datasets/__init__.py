"""A name or a path becomes a :class:`Dataset`. A new source is one file and one line in ``SOURCES``."""

import os
from pathlib import Path
from typing import Protocol

from explorer.datasets.base import Dataset, Split, stratified
from explorer.datasets.cifar import CLASSES, Cifar
from explorer.datasets.drawn import Drawn
from explorer.datasets.folder import Folder
from explorer.datasets.human import KINDS, Human
from explorer.datasets.right import Right
from explorer.errors import ExplorerError
from explorer.progress import Progress, silent

__all__ = ["SOURCES", "Dataset", "Source", "Split", "open_dataset", "stratified"]


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
    *(Human(_CATS_VS_DOGS, kind) for kind in KINDS),
    Cifar("cifar10", "CIFAR-10", CLASSES),
    Drawn(),
    Right(Drawn()),
)
SOURCES: dict[str, Source] = {source.name: source for source in _ALL}


def open_dataset(name: str, progress: Progress = silent) -> Dataset:
    """Return the data set of this name, or the folder at this path.

    Raises:
        ExplorerError: neither exists.
        UnavailableError: it would have to be fetched, and no source answers.
    """
    if name in SOURCES:
        return SOURCES[name].open(progress)
    if "/" not in name and not os.path.isdir(name):  # False, not an error, where no folder can have this name
        message = f"There is no data set {name!r}; choose one of {', '.join(SOURCES)}, or give the path of a folder."
        raise ExplorerError(message)
    return Folder(Path(name)).open(progress)
