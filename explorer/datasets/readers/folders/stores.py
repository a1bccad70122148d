"""Stores of other programs in a folder, which are not read here: what each is, and the line that leads on."""

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from explorer.datasets.file_tree import FileTree, printable

FILES = "write its pictures as files, one folder a class"
# What NumPy writes is read in place; where the names of arrays are others, a person puts in their own.
ARRAYS = "numpy.savez('data.npz', images={0}, labels={1})"
HDF5 = "read it with h5py and save its arrays by " + ARRAYS.format("file['images'][:]", "file['labels'][:]")
ZARR = "save its arrays by " + ARRAYS.format("group['images'][:]", "group['labels'][:]")
TORCH = f"open it with torch.load and save it by {ARRAYS.format('images.numpy()', 'labels.numpy()')}, or {FILES}"
LANCE = "pyarrow.parquet.write_table(lance.dataset(FOLDER).to_table(), 'data.parquet')"
TFRECORD = f"{FILES}, by a loop over tf.data.TFRecordDataset(PATHS)"
FFCV = f"{FILES}, by a loop over ffcv.loader.Loader(PATH, batch_size=1), or give the data that it was written from"
# Where DICOM's mark stands in a file.
MARK, MARKED_AT = b"DICM", 128
# How the words for several files begin.
MANY = ("shards", "chunks", "TFRecord files")
# How TFRecord files are called, and the parts of larger sets, also without an ending.
TFRECORD_NAMES, PART = re.compile(r"\.(tfrecords?|tfrec|record)(\W|\d|$)"), re.compile(r"-\d{3,}-of-\d{3,}$")
# Files whose beginnings are looked at.
PEEKED = 3


def stores(tree: FileTree, files: Sequence[str]) -> str:
    """Return the sentence for the first of these stores that a folder is; empty where it is none."""
    names = {file.rpartition("/")[2].casefold() for file in files}
    for known, what, way in STORES:
        if found := known(tree, files, names):
            return f"It holds {what} ({printable(found)}), which {'are' if what.startswith(MANY) else 'is'} not read; {way}."
    return ""


def _ending(*endings: str) -> Callable[[FileTree, Sequence[str], set[str]], str]:
    return lambda tree, files, names: next((file for file in files if file.lower().endswith(endings)), "")


def _lance(tree: FileTree, files: Sequence[str], names: set[str]) -> str:
    return next((file for file in files if file.endswith(".lance") and "data" in file.split("/")[:-1]), "")


def _zarr(tree: FileTree, files: Sequence[str], names: set[str]) -> str:
    if marks := [name for name in (".zgroup", ".zattrs") if os.path.isfile(tree.root / name)]:
        return marks[0]
    return next((file for file in files if file.rpartition("/")[2] == "zarr.json"), "")


def _tfds(tree: FileTree, files: Sequence[str], names: set[str]) -> str:
    return next((file for file in files if file.endswith("features.json")), "") if "dataset_info.json" in names else ""


def _litdata(tree: FileTree, files: Sequence[str], names: set[str]) -> str:
    chunks = [file for file in files if file.rpartition("/")[2].startswith("chunk-") and ".bin" in file]
    return chunks[0] if chunks and "index.json" in names else ""


def _records(tree: FileTree, files: Sequence[str], names: set[str]) -> str:
    """Return the first file of TFRecord's form: by its ending, or called as a part of a side and built so."""
    ending = next((file for file in files if TFRECORD_NAMES.search(file.lower())), "")
    parts = [file for file in files[:PEEKED] if PART.search(file)]
    return ending or next((file for file in parts if is_tfrecord(tree.root / file)), "")


def is_tfrecord(path: Path) -> bool:
    """Return whether a file begins as TFRecord's do: the length of a message, a checksum of that, and a message that is all there."""
    try:
        if path.is_symlink() or not path.is_file():
            return False
        with path.open("rb") as stream:
            head, size = stream.read(13), path.stat().st_size
    except OSError:
        return False
    return len(head) == 13 and head[12] == 0x0A and 0 < int.from_bytes(head[:8], "little") <= size - 16


def _deep_lake(tree: FileTree, files: Sequence[str], names: set[str]) -> str:
    old = [file for file in files if file.endswith("tensor_meta.json")] if "dataset_meta.json" in names else []
    return next((file for file in files if file.startswith("_deeplake_log/")), "") or next(iter(old), "")


def _dicom(tree: FileTree, files: Sequence[str], names: set[str]) -> str:
    return next((file for file in files[:PEEKED] if _is_dicom(tree, file)), "")


def _is_dicom(tree: FileTree, file: str) -> bool:
    path = tree.root / file
    try:
        if path.is_symlink() or not path.is_file():
            return False
        with path.open("rb") as stream:
            return stream.read(MARKED_AT + len(MARK))[MARKED_AT:] == MARK
    except OSError:
        return False


STORES: tuple[tuple[Callable[[FileTree, Sequence[str], set[str]], str], str, str], ...] = (
    (_lance, "a Lance table", f"write it as Parquet by {LANCE}, and give that"),
    (_zarr, "a Zarr store", ZARR),
    (
        _tfds,
        "a data set of TensorFlow Datasets",
        f"{FILES}, by a loop over tfds.builder_from_directory(FOLDER).as_data_source()",
    ),
    (
        _ending(".mds", ".mds.zstd"),
        "shards of MosaicML's streaming",
        f"{FILES}, by a loop over streaming.StreamingDataset(local=FOLDER, batch_size=1)",
    ),
    (_litdata, "chunks of LitData", f"{FILES}, by a loop over litdata.StreamingDataset(FOLDER)"),
    (_deep_lake, "a data set of Deep Lake", f"{FILES}, by a loop over deeplake.open(FOLDER)"),
    (_records, "TFRecord files", TFRECORD),
    (_ending(".beton"), "a file of FFCV", FFCV),
    (_ending(".h5", ".hdf5", ".hdf"), "a file of HDF5", HDF5),
    (_ending(".nii", ".nii.gz"), "a volume of NIfTI", "save the slices that you look at as PNG, one folder a class"),
    (_dicom, "DICOM", "save its pictures as PNG, in the brightness that you look at, one folder a class"),
    (_ending(".pt", ".pth"), "a file of torch.save", TORCH),
)
