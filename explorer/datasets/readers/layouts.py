"""Choice of the layout of a folder. A new layout is one file beside this one and one line in ``LAYOUTS``."""

from collections.abc import Sequence
from pathlib import Path

from explorer.datasets.base import Skipped
from explorer.datasets.file_tree import FileTree
from explorer.datasets.readers.base import DatasetFolder
from explorer.datasets.readers.class_folders import ClassFolders, existing_folder
from explorer.datasets.readers.containers.batches import Batches
from explorer.datasets.readers.containers.idx import IdxFolder
from explorer.datasets.readers.containers.numpy_arrays import ArrayFolder
from explorer.datasets.readers.containers.parquet import ParquetFolder
from explorer.datasets.readers.containers.saved_dataset import SavedDataset
from explorer.datasets.readers.containers.webdataset import ShardFolder
from explorer.datasets.readers.file_names import FileNames
from explorer.datasets.readers.metadata_folder import MetadataFolder
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
    ArrayFolder,
    FileNames,
    ClassFolders,
)


def folder_layout(folder: Path, name: str = "", title: str = "", refused: Sequence[Skipped] = ()) -> DatasetFolder:
    """Return the reader of the first layout that ``folder`` has; the arguments are those of :class:`DatasetFolder`."""
    tree = FileTree(existing_folder(folder), list(refused))
    readers = [layout(folder, name, title, tuple(refused), tree) for layout in LAYOUTS]
    return next(reader for reader in readers if reader.matches())
