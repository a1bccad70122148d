"""A name or a path becomes a :class:`Dataset`. A new source is one file and one line in ``SOURCES``."""

from pathlib import Path
from typing import Protocol

from explorer.datasets.base import Dataset, Split, stratified
from explorer.datasets.cifar import CLASSES, Cifar
from explorer.datasets.drawn import Drawn
from explorer.datasets.folder import Folder
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


_ALL: tuple[Source, ...] = (
    Cifar("cats-vs-dogs", "CIFAR-10 cats and dogs", ("cat", "dog")),
    Cifar("cifar10", "CIFAR-10", CLASSES),
    Drawn(),
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
    if "/" not in name and not Path(name).is_dir():
        message = f"There is no data set {name!r}; choose one of {', '.join(SOURCES)}, or give the path of a folder."
        raise ExplorerError(message)
    return Folder(Path(name)).open(progress)
