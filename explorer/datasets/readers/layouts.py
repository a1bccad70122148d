"""Choice of the layout of a folder. A new layout is one file beside this one and one line in ``LAYOUTS``."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from explorer.core.errors import ExplorerError
from explorer.datasets.base import Skipped
from explorer.datasets.choices import NO_CHOICES, Choices
from explorer.datasets.doubts.folder_names import is_companion
from explorer.datasets.file_tree import FileTree
from explorer.datasets.readers.base import DatasetFolder, beside
from explorer.datasets.readers.class_folders import ClassFolders, existing_folder
from explorer.datasets.readers.containers.batches import Batches
from explorer.datasets.readers.containers.idx import IdxFolder
from explorer.datasets.readers.containers.numpy_arrays import ArrayFolder
from explorer.datasets.readers.containers.parquet import ParquetFolder
from explorer.datasets.readers.containers.saved_dataset import SavedDataset
from explorer.datasets.readers.containers.webdataset import ShardFolder
from explorer.datasets.readers.file_names import FileNames
from explorer.datasets.readers.folders.sides import below
from explorer.datasets.readers.listed_folder import ListedFolder
from explorer.datasets.readers.metadata_folder import MetadataFolder
from explorer.datasets.readers.official.cub200 import Cub200
from explorer.datasets.readers.official.matlab_lists import MatlabLists
from explorer.datasets.readers.official.split_lists import SplitLists
from explorer.datasets.readers.official.stl10 import Stl10
from explorer.datasets.readers.official.tiny_imagenet import TinyImagenet
from explorer.datasets.readers.tools.exports import ExportFolder

# In the order in which they are tried; the last one matches every folder.
LAYOUTS: tuple[type[DatasetFolder], ...] = (
    ExportFolder,
    MetadataFolder,
    SavedDataset,
    ParquetFolder,
    ShardFolder,
    IdxFolder,
    Batches,
    Stl10,
    MatlabLists,
    ArrayFolder,
    TinyImagenet,
    Cub200,
    SplitLists,
    ListedFolder,
    FileNames,
    ClassFolders,
)
# Layouts that any folder of pictures may have; they look through folders around the data by themselves.
GENERAL = (ListedFolder, FileNames, ClassFolders)
# What a folder lacks where classes were to come from there.
MISSING = {"list": "no list that labels its pictures", "names": "no pictures whose names begin with their classes"}


def folder_layout(
    folder: Path, name: str = "", title: str = "", refused: Sequence[Skipped] = (), choices: Choices = NO_CHOICES
) -> DatasetFolder:
    """Return the reader of the first layout that ``folder`` has; the arguments are those of :class:`DatasetFolder`.

    Raises:
        ExplorerError: there is no such folder, or none within it that a person chose.
    """
    tree = FileTree(_chosen(existing_folder(folder), choices), list(refused))
    title = title or (tree.root.name if choices.folder else folder.name)
    name = name or f"{folder}{choices.written}"
    found = _first(_allowed(choices), tree, name, title, choices)
    for inner in _wrapped(tree) if isinstance(found, GENERAL) else ():
        named = [layout for layout in _allowed(choices) if layout not in GENERAL]
        if within := _first(named, FileTree(inner, list(refused)), name, title, choices):
            return beside(within, tree)
    assert found is not None  # the last layout matches
    if choices.classes in MISSING and isinstance(found, ClassFolders):
        raise ExplorerError(f"{folder} holds {MISSING[choices.classes]}; leave classes={choices.classes} out.")
    if choices.columns and not choices.about_columns <= found.chooses:
        raise ExplorerError(
            f"{folder} holds no list or table whose columns are {choices.columns}; give the list's own path."
        )
    return found


def _first(
    layouts: Sequence[type[DatasetFolder]], tree: FileTree, name: str, title: str, choices: Choices
) -> DatasetFolder | None:
    """Return the reader of the first of some layouts that a folder has; None where it has none."""
    refused = tuple(tree.skipped)
    readers = (layout(tree.root, name, title, refused, tree, choices) for layout in layouts)
    return next((reader for reader in readers if reader.matches()), None)


def _wrapped(tree: FileTree) -> Iterator[Path]:
    """Yield the folders that a folder only wraps, the outermost first: each without a neighbour but what belongs to pictures, and no picture beside it."""
    folder, inner = "", _data_folders(tree, "")
    while len(inner) == 1 and not tree.direct(folder):
        folder = below(folder, inner[0])
        inner = _data_folders(tree, folder)
        yield tree.root / folder


def _data_folders(tree: FileTree, folder: str) -> list[str]:
    """Return the folders in a folder that may hold the data; the others, such as segmentations beside them, are left out and said."""
    inner = tree.folders(folder)
    data = [name for name in inner if not is_companion(name)]
    for name in inner if len(data) == 1 else ():
        if name not in data:
            tree.leave(below(folder, name), "the data lie in the folder beside it")
    return data if len(data) == 1 else inner


def _allowed(choices: Choices) -> Sequence[type[DatasetFolder]]:
    """Return the layouts that are tried, by what a person chose: the columns, or where the classes come from; the last one refuses."""
    if choices.columns and not choices.classes:
        return [layout for layout in LAYOUTS if choices.about_columns <= layout.chooses] + [ClassFolders]
    chosen: dict[str, Sequence[type[DatasetFolder]]] = {
        "folders": (ClassFolders,),
        "inner": (ClassFolders,),
        "list": (ListedFolder, ClassFolders),
        "names": (FileNames, ClassFolders),
    }
    return chosen.get("list" if choices.columns else choices.classes, LAYOUTS)


def _chosen(folder: Path, choices: Choices) -> Path:
    """Return the folder within another that a person chose; the folder itself where none was chosen."""
    inner = Path(os.path.realpath(folder / choices.folder))
    if not inner.is_dir() or not inner.is_relative_to(folder):
        raise ExplorerError(f"folder={choices.folder} names no folder in {folder}; give the name of one.")
    return inner
