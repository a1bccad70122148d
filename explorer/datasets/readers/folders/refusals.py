"""What lies in a folder that is no data set for a classifier, in one sentence with the way in."""

import csv
import os
from collections.abc import Callable
from itertools import islice

from explorer.core.errors import ExplorerError
from explorer.datasets.doubts.reading import some
from explorer.datasets.file_tree import FileTree, printable
from explorer.datasets.readers.folders.flat import flat_folders, is_unlabelled_heap
from explorer.datasets.readers.folders.shard_members import shard_members
from explorer.datasets.readers.folders.sides import below, sides_of, with_pictures
from explorer.datasets.readers.folders.stores import stores
from explorer.datasets.readers.tables.cells import lacking
from explorer.datasets.readers.tables.columns import SAMPLE, columns_of
from explorer.datasets.readers.tables.lines import MOST_BYTES, names_of, parsed

ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".7z", ".rar")
# Folders in which lists and annotations are looked for: the first levels of a data set, not every class.
DEEPEST, MOST_FOLDERS = 3, 200
# Pictures that are looked at.
PEEKED = 1000
# How the names of files begin that say something about a data set and are no part of it.
NOTES = (".", "readme", "licen", "changelog", "citation")


def way_in(tree: FileTree) -> str:
    """Return what seems to lie in a folder that has no classes, and what to do; empty where nothing is known."""
    files = first_files(tree)
    return next((said for kind in KINDS if (said := kind(tree, files))), "")


def first_files(tree: FileTree) -> list[str]:
    """Return the files that are no pictures in the first levels of folders."""
    found, waiting = [], [""]
    for folder in waiting:
        found += [below(folder, name) for name in tree.others(folder)]
        if folder.count("/") < DEEPEST - 1 and len(waiting) < MOST_FOLDERS:
            waiting += [below(folder, name) for name in tree.folders(folder)]
    return found


def _ending(files: list[str], *endings: str) -> str:
    """Return the first file that ends so."""
    return next((printable(file) for file in files if file.lower().endswith(endings)), "")


def several_classes(tree: FileTree, files: list[str]) -> str:
    """Return the sentence for lists that mark each of several classes of a picture by 1 or -1: Pascal VOC's, and CelebA's attributes."""
    found = next((file for file in files if file.lower().endswith(".txt") and _marks(tree, file)), "")
    return found and (
        f"{printable(found)} says of each picture whether one thing is there or not (1, -1), so a picture may have several classes; "
        "this program takes one label a picture: give a CSV list of path and label, with the one class that you ask about."
    )


def _marks(tree: FileTree, file: str) -> bool:
    """Return whether the last whole lines of a text's beginning are a name and ones and minus ones, both among them."""
    lines = [line.split() for line in _head(tree, file, 2**14).decode("utf-8", "replace").splitlines()[:-1]][2:]
    marks = {mark for line in lines for mark in line[1:]}
    return bool(lines) and {"1", "-1"} <= marks <= {"1", "-1", "0"}


def _shard(tree: FileTree, files: list[str]) -> str:
    return shard_members(files, islice(tree.names(), PEEKED))


def _lmdb(tree: FileTree, files: list[str]) -> str:
    if not (found := _ending(files, "data.mdb", ".lmdb")):
        return ""
    return f"It holds an LMDB database ({found}), which is not read; write its pictures as files, one folder a class."


def _detection(tree: FileTree, files: list[str]) -> str:
    """Return the sentence for annotations of boxes, by the forms of COCO, Create ML, Pascal VOC and YOLO."""
    form = _coco(tree, files) or _create_ml(tree, files) or _voc(tree, files) or _yolo(tree, files)
    return form and (
        f"It is a detection set ({form}): boxes within pictures, not one class a picture. "
        "Cut the boxes out into one folder a class, or give a CSV list of path and label."
    )


def _coco(tree: FileTree, files: list[str]) -> str:
    found = [
        file for file in files if file.lower().endswith(".json") and _holds(tree, file, b'"bbox"', b'"categories"')
    ]
    return f"COCO, {printable(found[0])}" if found else ""


def _create_ml(tree: FileTree, files: list[str]) -> str:
    jsons = (file for file in files if file.lower().endswith(".json"))
    found = next(
        (file for file in jsons if all(_holds(tree, file, mark) for mark in (b'"coordinates"', b'"label"'))), ""
    )
    return f"Create ML, {printable(found)}" if found else ""


def _voc(tree: FileTree, files: list[str]) -> str:
    found = next((file for file in files if file.lower().endswith(".xml") and _holds(tree, file, b"<bndbox>")), "")
    return f"Pascal VOC, {printable(found)}" if found else ""


def _yolo(tree: FileTree, files: list[str]) -> str:
    texts = [file for file in files if file.lower().endswith(".txt")]
    found = next((file for file in texts[:20] if _is_boxes(tree, file)), "")
    return f"YOLO, {printable(found)}" if found else ""


def _is_boxes(tree: FileTree, file: str) -> bool:
    """Return whether the first line of a text is a class and the numbers of a box or outline between 0 and 1."""
    try:
        words = _head(tree, file).decode("ascii").split("\n")[0].split()
        return len(words) >= 5 and words[0].isdigit() and all(0 <= float(word) <= 1 for word in words[1:])
    except ValueError:
        return False


def _holds(tree: FileTree, file: str, *marks: bytes) -> bool:
    """Return whether one of some marks stands in the beginning or the end of a file."""
    head = _head(tree, file, 2**20)
    return any(mark in head for mark in marks)


def _head(tree: FileTree, file: str, size: int = 2**12) -> bytes:
    path = os.path.join(tree.root, file)
    try:
        if not os.path.isfile(path) or os.path.islink(path):
            return b""
        with open(path, "rb") as stream:
            return stream.read(size)
    except OSError:
        return b""


def _matlab(tree: FileTree, files: list[str]) -> str:
    found = _ending(files, ".mat")
    return found and (
        f"Its labels seem to stand in {found}, a file of Matlab, which is not read; "
        "write them as a CSV list of path and label and give that."
    )


def _arrays(tree: FileTree, files: list[str]) -> str:
    if found := _ending(files, ".npy", ".npz"):
        return f"It holds {found} below its first level, where arrays are not looked for; put all pictures into one array (n, height, width, 3) and their labels into another, by numpy.savez('data.npz', images=images, labels=labels), and give that."
    found = _ending(files, ".arrow", ".feather", ".pkl", ".pickle")
    return found and f"It holds {found}, which is not read; write its pictures as files, one folder a class."


def _archive(tree: FileTree, files: list[str]) -> str:
    found = [printable(file) for file in files if file.lower().endswith(ARCHIVES)]
    if len(found) > 1:
        return f"It holds {len(found):,} archives ({some(found)}); unpack each into a folder of its name, and give this folder again."
    return f"It holds the archive {found[0]}; give {os.path.join(tree.root, found[0])} itself." if found else ""


def _anything(tree: FileTree, files: list[str]) -> str:
    """Return the sentence for files that nothing is known of, where there are no pictures at all."""
    known = [printable(file) for file in files if not file.rpartition("/")[2].casefold().startswith(NOTES)]
    if not known or tree.count(""):
        return ""
    return f"It holds {some(known)}, and no pictures that are read; write its pictures as files, one folder a class, or give a CSV list of path and label."


def _unlabelled(tree: FileTree, files: list[str]) -> str:
    """Return the sentence for folders of pictures without labels, with the lists beside them."""
    flat = flat_folders(tree)
    if not flat or not is_unlabelled_heap(flat) or not tree.count(""):
        return ""
    where = " and ".join(printable(place) for place in flat.places if place) or "It"
    hold = "hold" if len(flat.places) > 1 else "holds"
    return (
        f"{where} {hold} {tree.count(''):,} pictures and no folder for each class: their labels are missing. "
        f"Put each class into a folder of its name, or give a CSV list of path and label.{_table(files)}"
    )


def _table(files: list[str]) -> str:
    """Return what to do where a table beside the pictures may name the classes."""
    tables = _ending(files, ".csv", ".tsv", ".jsonl", ".ndjson", ".manifest", ".xlsx", ".xls", ".json", ".txt", ".xml")
    return f" If {tables} names the classes, save it as a CSV with the columns path and label." if tables else ""


def _lists(tree: FileTree, files: list[str]) -> str:
    """Return what the first table lacks that names pictures or labels."""
    for file in files:
        path = tree.root / file
        if file.lower().endswith((".csv", ".tsv")) and not path.is_symlink():
            try:
                sample = [line for line in islice(parsed(path, MOST_BYTES), SAMPLE) if isinstance(line, dict)]
                columns = columns_of(names := names_of(path), sample)
            except (OSError, ValueError, csv.Error, ExplorerError):
                return f"{printable(file)} cannot be read as a list; save it as CSV in UTF-8 with the columns path and label."
            if (
                (columns.path or not tree.count(""))
                and not columns.complete
                and (columns.several or not (columns.path and columns.split))
            ):
                return f"{printable(file)} {lacking(path, names, columns)}"
    return ""


def _one_class(tree: FileTree, files: list[str]) -> str:
    """Return the sentence for a side for training that has a single class, as in sets for finding anomalies."""
    sides = next((found for place in ("", *with_pictures(tree, "")) if (found := sides_of(tree, place))), None)
    if not sides:
        return ""
    return f"The folder {printable(sides.within['train'])} has one class only; where the other classes lie in {printable(sides.test or 'another folder')}, move some pictures of each into it."


def _no_training(tree: FileTree, files: list[str]) -> str:
    tops = with_pictures(tree, "")
    if tree.left_out and not tops:
        return f"{tree.left_out[0].file} is hidden and holds {tree.left_out[0].pictures:,} pictures; give its own path."
    if len(tops) != 1:
        return ""
    return (
        f"It has one folder with pictures, {printable(tops[0])}; give the folder that holds all classes, or where that one holds several, "
        f"put each into a folder of its name or give a CSV list of path and label.{_table(files)}"
    )


KINDS: tuple[Callable[[FileTree, list[str]], str], ...] = (
    several_classes,
    _shard,
    _detection,
    _lmdb,
    stores,
    _matlab,
    _lists,
    _one_class,
    _unlabelled,
    _archive,
    _arrays,
    _no_training,
    _anything,
)
