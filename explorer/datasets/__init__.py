"""Image data sets by name or path.

What there is to add, and where: a data set with a name is one file below ``sources/`` and one line in ``_ALL``; a format of
file is one file below ``readers/`` and one line in ``FORMATS``; a layout of folders is one file below ``readers/`` and one line
in :data:`explorer.datasets.readers.layouts.LAYOUTS`.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from explorer.core.errors import ExplorerError
from explorer.core.progress import Progress, silent
from explorer.datasets.archives.archive import ARCHIVES, Archive
from explorer.datasets.base import Dataset, Skipped, Split, stratified
from explorer.datasets.choices import NO_CHOICES, Choices, parted
from explorer.datasets.readers.class_folders import ClassFolders, existing_folder
from explorer.datasets.readers.containers.arrays import ArrayFile
from explorer.datasets.readers.containers.numpy_arrays import matlab_file, numpy_archive
from explorer.datasets.readers.containers.parquet import ParquetTables, parquet_file
from explorer.datasets.readers.containers.webdataset import SHARDS, Shards, is_shard, shard_file
from explorer.datasets.readers.folders.stores import FFCV, HDF5, PART, TFRECORD, TORCH, is_tfrecord
from explorer.datasets.readers.label_list import LISTS, LabelList
from explorer.datasets.readers.layouts import folder_layout
from explorer.datasets.readers.tables.json_records import records_of
from explorer.datasets.readers.tools.exports import ExportFile, export_file, export_in
from explorer.datasets.sources.cifar import CLASSES, Cifar
from explorer.datasets.sources.cifar_n import KINDS, CifarN
from explorer.datasets.sources.drawn import Drawn
from explorer.datasets.sources.drawn_clean import CleanLabels
from explorer.datasets.sources.torchvision_datasets import TORCHVISION_DATASETS
from explorer.datasets.uploads import given_name, root_of, title_of

__all__ = ["SOURCES", "Dataset", "Skipped", "Source", "Split", "open_dataset", "stratified"]


class Reader(Protocol):
    """What opens a data set."""

    def open(self, progress: Progress) -> Dataset:
        """Return the data set, fetched or unpacked first where necessary.

        Raises:
            ExplorerError: it cannot be read; the message says why.
            UnavailableError: it has to be fetched, and no host delivers it.
        """


class Source(Reader, Protocol):
    """A data set that has a name."""

    @property
    def name(self) -> str:
        """The name that a command takes."""

    @property
    def title(self) -> str:
        """The name on the screen."""

    def cached(self) -> bool:
        """Return whether it can be opened without fetching."""


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
    """Return the data set of this name or at this path, which is a folder, an archive or a list.

    Raises:
        ExplorerError: there is none; the message says what can be given.
        UnavailableError: it has to be fetched, and no host delivers it.
    """
    _check_both(name)
    return source_of(name).open(progress)


def _check_both(name: str) -> None:
    """Check that a name which would have to be fetched does not name a folder or file here as well.

    Raises:
        ExplorerError: it does; the sentence says how to name each.
    """
    if name in SOURCES and os.path.exists(name) and not SOURCES[name].cached():
        raise ExplorerError(
            f"{name!r} is both a data set that would be fetched and a folder here; give ./{name} for the folder, "
            f"or 'fetch {name}' in another folder for the other."
        )


def source_of(name: str) -> Source | Reader:
    """Return what opens the data set of this name, or that at this path; nothing is fetched or unpacked yet.

    Raises:
        ExplorerError: there is none; the sentence says what can be given.
    """
    return SOURCES[name] if name in SOURCES else _reader(name)


def _reader(name: str) -> Reader:
    """Return the reader of the folder or file at a path."""
    given, choices = parted(name)
    path = Path(os.path.expanduser(given))
    if os.path.isdir(path):  # False, not an error, where no folder can have this name
        return folder_layout(existing_folder(path), choices=choices)
    if not os.path.isfile(path):
        if "/" in given:
            return ClassFolders(path)  # whose error says that there is none
        raise ExplorerError(
            f"There is no data set {name!r}; choose one of {', '.join(SOURCES)}, or give the path of a folder."
        )
    for ending, reader in FORMATS.items():
        if path.name.lower().endswith(ending):
            return _with_choices(reader(path), path, choices)
    if known := _outside(path):
        raise ExplorerError(f"{path} is no data set that is read: {known}.")
    raise ExplorerError(
        f"{path} is no data set; give a folder of class folders, or a file whose name ends in {', '.join(FORMATS)}."
    )


def _with_choices(reader: Reader, path: Path, choices: Choices) -> Reader:
    """Return a reader that reads as a person chose.

    Raises:
        ExplorerError: there is nothing to choose in this kind of file.
    """
    if choices == NO_CHOICES:
        return reader
    if (
        not isinstance(reader, LabelList | Archive | ParquetTables | Shards | ArrayFile | ExportFile)
        or {*choices.given} - reader.chooses
    ):
        raise ExplorerError(f"{path} leaves nothing to choose by {choices.written[1:]}; give it without that.")
    if isinstance(reader, ParquetTables | Shards):
        return replace(reader, choices=choices, name=f"{reader.name}{choices.written}")
    return replace(reader, choices=choices)


def _outside(path: Path) -> str:
    """Return what to do with a kind of file that is known and not read; empty for any other."""
    ends = ("".join(path.suffixes[-2:]).lower(), path.suffix.lower())
    known = next((OUTSIDE[ending] for ending in ends if ending in OUTSIDE), "")
    known = known or next((said for word, said in OUTSIDE.items() if word in path.name.lower()), "")
    return known or (TFRECORD if PART.search(path.name) and is_tfrecord(path) else "")


def _label_list(path: Path) -> Reader:
    """Return the reader of a list, which may have been uploaded apart from its images, or written by a labelling tool."""
    if export := export_in(path):
        return ExportFile(path, root_of(path), title_of(path), export)
    return LabelList(path, root_of(path), title_of(path) if given_name(path) else "")


def _json(path: Path) -> Reader:
    """Return the reader of a JSON file: of a labelling tool's export, or of a list."""
    if not export_in(path) and records_of(path):
        return LabelList(path, root_of(path), title_of(path) if given_name(path) else "")
    return export_file(path, root_of(path), title_of(path))


def _archive(path: Path) -> Reader:
    """Return the reader of an archive, which may have been uploaded; a tar may be a shard of pictures with their labels."""
    if path.name.lower().endswith(SHARDS) and is_shard(path):
        return shard_file(path, title_of(path))
    return Archive(path, title_of(path))


# What people have that is not read, by how a name ends, and what to do.
OUTSIDE = dict.fromkeys((".xlsx", ".xls", ".ods", ".numbers"), "save the table as CSV with the columns path and label")
OUTSIDE |= dict.fromkeys((".tfrecord", ".tfrec", ".tfrecords", ".record"), TFRECORD) | {".beton": FFCV}
OUTSIDE |= dict.fromkeys((".mdb", ".lmdb", ".rec", ".array_record"), "write its pictures as files, one folder a class")
OUTSIDE |= dict.fromkeys((".h5", ".hdf5", ".hdf"), HDF5) | dict.fromkeys((".pt", ".pth"), TORCH)
OUTSIDE |= dict.fromkeys((".nii", ".nii.gz", ".dcm"), "save the pictures that you look at as PNG, one folder a class")
OUTSIDE |= dict.fromkeys((".arrow", ".feather", ".orc"), "save it as Parquet")
OUTSIDE |= {
    ".npy": "give its folder, with the labels beside it in another .npy",
}
OUTSIDE |= dict.fromkeys((".7z", ".rar", ".gz", ".bz2", ".xz"), "unpack it and give the folder, or pack it as ZIP")
OUTSIDE |= dict.fromkeys((".pkl", ".pickle"), "it may run code when it is opened; write its pictures as files")
OUTSIDE |= dict.fromkeys((".yaml", ".yml"), "write a CSV list with the columns path and label")
# Readers of files by how their name ends.
FORMATS: dict[str, Callable[[Path], Reader]] = {
    **dict.fromkeys(ARCHIVES, _archive),
    **dict.fromkeys(LISTS, _label_list),
    ".json": lambda path: _json(path),
    ".xml": lambda path: export_file(path, root_of(path), title_of(path)),
    ".parquet": lambda path: parquet_file(path, title_of(path)),
    ".npz": lambda path: numpy_archive(path, title_of(path)),
    ".mat": lambda path: matlab_file(path, title_of(path)),
}
