"""The class folders of one folder: which are classes, which are left out, which are doubtful."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from explorer.core.errors import ExplorerError
from explorer.datasets.assembly import Entry
from explorer.datasets.doubts.folder_names import (
    is_companion,
    is_container,
    is_tool,
    is_unlabelled,
    name_sides,
    side_of,
)
from explorer.datasets.doubts.reading import some
from explorer.datasets.file_tree import FileTree
from explorer.datasets.readers.folders.companions import without_companions
from explorer.datasets.readers.folders.inner_classes import level_doubts
from explorer.datasets.readers.folders.paired import pair_doubts
from explorer.datasets.readers.folders.sides import below, level, with_pictures

# Files that a folder beside the classes may hold without being a class that lost its pictures.
LISTS = ".txt .md .csv .tsv .json .jsonl .xml .yaml .yml .toml .html .log .cfg .ini .doc .docx .xls .xlsx .rst .bib"
OTHERS = ".py .ipynb .mat .npy .npz .pth .pt .safetensors .onnx .h5 .db .sh .zip .tar .gz .parquet .pkl .css .js"
TEXTS = frozenset([*LISTS.split(), *OTHERS.split()])
# Files that systems put into every folder.
JUNK = frozenset(("thumbs.db", "desktop.ini"))
# Folders that are no classes wherever they lie.
SAME = frozenset(("images", "masks", "image", "mask"))
# Classes that published data sets have for pictures of nothing in particular.
CLUTTER = frozenset(("background_google", "257.clutter", "clutter"))
# Names of folders that people put pictures into which they have not sorted yet.
UNSORTED = frozenset(("extra", "extras", "tmp", "temp", "backup", "unsorted", "todo", "to_sort", "downloads"))


@dataclass
class Level:
    """The classes of one folder.

    Attributes:
        names: of the class folders with pictures.
        lost: names of class folders without a picture that can be used.
        doubts: sentences on what is doubtful about them.
        folders: those that may hold the classes instead, each of them.
    """

    names: list[str]
    lost: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)


def classes_of(tree: FileTree, folder: str) -> Level:
    """Return the classes of a folder; what certainly is none is added to what ``tree`` leaves out."""
    held = with_pictures(tree, folder)
    names = [
        name
        for name in held
        if not (reason := _no_class(tree, folder, name, held)) or _left(tree, folder, name, reason)
    ]
    lost = [name for name in tree.folders(folder) if name not in held and _lost(tree, below(folder, name))]
    variants, uneven = _variants(tree, folder, names), _uneven(tree, folder, names)
    letters = _letters(tree, folder, names)
    doubts = [*_strays(tree, folder, names), *variants, *_odd(names), *uneven, *letters]
    doubts += [] if variants or letters else [*level_doubts(tree, folder, names), *pair_doubts(tree, folder, names)]
    within = (
        names if variants else [name for name in names if uneven and len(with_pictures(tree, below(folder, name))) > 1]
    )
    return Level(names, lost, doubts, [below(folder, name) for name in within])


def entries_of(tree: FileTree, folder: str, names: Sequence[str], side: str) -> list[Entry]:
    """Return the images of each class folder; one whose name is not valid UTF-8 is an error where it has images."""
    entries = []
    for label in names:
        files = tree.pictures(below(folder, label))
        if files and any("\udc80" <= letter <= "\udcff" for letter in label):
            raise ExplorerError(f"{tree.root} holds a folder {label!r}, whose name is not in UTF-8; rename it.")
        entries += [Entry(file, label, side) for file in without_companions(tree, below(folder, label), files)]
    return entries


def _no_class(tree: FileTree, folder: str, name: str, held: Sequence[str]) -> str:
    """Return why a folder is certainly no class; empty where it may be one."""
    others = [other for other in held if other != name and not is_tool(other) and not is_unlabelled(other)]
    if len(others) < 2:
        return ""
    if is_tool(name):
        return "it is named like the output of a tool"
    if is_unlabelled(name):
        return "it is named like pictures without a label"
    if len(inner := with_pictures(tree, level(tree, below(folder, name)))) > 1 and {*inner} <= {*others}:
        return "it holds folders that are called as the classes are: another copy, or what belongs to them"
    if is_companion(name) and _accompanies(tree, folder, name, others):
        return "its files are named like the pictures of the classes, as masks and annotations are"
    return ""


def _left(tree: FileTree, folder: str, name: str, reason: str) -> bool:
    tree.leave(below(folder, name), reason)
    return False


def _accompanies(tree: FileTree, folder: str, name: str, others: Sequence[str]) -> bool:
    """Return whether a folder holds a file, or a folder, for each of the others'."""
    place = below(folder, name)
    if inner := with_pictures(tree, place):
        return {*inner} <= {*others}
    stems = {os.path.splitext(file)[0] for file in tree.direct(place)}
    theirs = {os.path.splitext(file)[0] for other in others for file in tree.direct(below(folder, other))}
    return len(stems & theirs) >= 0.8 * len(stems)


def _lost(tree: FileTree, place: str) -> bool:
    """Return whether a folder without pictures was meant as a class: it is empty, or holds what cannot be used."""
    name = place.rpartition("/")[2]
    if any(known(name) for known in (side_of, is_tool, is_unlabelled, is_companion, is_container)):
        return False
    if tree.unusable(place):
        tree.pictures(place)  # so that each file is said
        return True
    if tree.folders(place):
        return False
    files = [file for file in tree.others(place) if not file.startswith(".") and file.casefold() not in JUNK]
    return all(os.path.splitext(file)[1].lower() not in {"", *TEXTS} for file in files)


def _strays(tree: FileTree, folder: str, names: Sequence[str]) -> list[str]:
    """Leave out the pictures that lie beside the class folders; they are doubted where they are many."""
    strays = len(tree.direct(folder))
    if not strays or len(names) < 2:
        return []
    tree.leave_files(below(folder, "*"), "they lie in no class folder", strays)
    inside = sum(tree.count(below(folder, name)) for name in names)
    if strays < inside:
        return []
    where = f"the folder {folder}" if folder else "this folder"
    return [
        f"{strays:,} pictures lie beside the folders of {where}, more than in them; give a list of paths and labels for those."
    ]


def _variants(tree: FileTree, folder: str, names: Sequence[str]) -> list[str]:
    """Return a doubt where the folders hold the same folders, as copies in colour and in grey do."""
    inner = [{*with_pictures(tree, level(tree, below(folder, name)))} for name in names]
    if len(names) < 2 or any(len(one) < 2 for one in inner):
        return []
    common = set.intersection(*inner) - SAME
    if not common or 3 * len(common) < max(map(len, inner)):
        return []
    return [
        f"The folders {some(list(names))} hold the same folders ({some(sorted(common))}), which may be the classes; "
        f"take one with --read folder={below(folder, names[0])}."
    ]


def _uneven(tree: FileTree, folder: str, names: Sequence[str]) -> list[str]:
    """Return a doubt where one folder holds folders and most pictures, and the others hold pictures themselves."""
    nested = [name for name in names if len(with_pictures(tree, below(folder, name))) > 1]
    if len(nested) != 1 or len(names) < 2 or tree.direct(below(folder, nested[0])):
        return []
    if 2 * tree.count(below(folder, nested[0])) < sum(tree.count(below(folder, name)) for name in names):
        return []
    inner = some(with_pictures(tree, below(folder, nested[0])))
    return [
        f"The folder {nested[0]!r} holds folders ({inner}) and the others hold pictures; if those are the classes, "
        f"take them with --read folder={below(folder, nested[0])}."
    ]


def _letters(tree: FileTree, folder: str, names: Sequence[str]) -> list[str]:
    """Return a doubt where folders of single letters, or of all pictures, hold the folders that may be the classes."""
    lettered = all(len(name) == 1 and name.isalpha() for name in names) or all(map(is_container, names))
    inner = {name: with_pictures(tree, below(folder, name)) for name in names}
    nested = [name for name in names if inner[name] and not tree.direct(below(folder, name))]
    if len(names) < 2 or not lettered or len(nested) < len(names) or max(map(len, inner.values())) < 2:
        return []
    shown = some([one for each in inner.values() for one in each])
    return [
        f"The folders {some(list(names))} hold folders ({shown}), which may be the classes; "
        "--read classes=inner takes those, --read classes=folders the outer ones."
    ]


def _odd(names: Sequence[str]) -> list[str]:
    """Return doubts about classes of nothing in particular, and about folders of pictures that wait for being sorted."""
    clutter = [name for name in names if name.casefold() in CLUTTER]
    unsorted = [name for name in names if name.casefold() in UNSORTED]
    found = [
        f"The class {name!r} holds pictures of nothing in particular; take it out, or keep it as a class."
        for name in clutter
    ]
    if paired := name_sides(names):
        found.append(
            f"The folders {some(paired)} are named like sides of the data, not like classes; give a list of paths and labels."
        )
    return found + [
        f"The folder {name!r} is named like pictures that nobody has sorted yet; move it out of the data."
        for name in unsorted
    ]
