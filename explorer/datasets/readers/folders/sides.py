"""Which folders are the sides of a split, by their names and by what they hold."""

from dataclasses import dataclass, field

from explorer.datasets.doubts.folder_names import (
    is_companion,
    is_tool,
    is_unlabelled,
    paired_sides,
    rank,
    side_of,
)
from explorer.datasets.file_tree import FileTree

NO_LABELS = "its pictures lie in no folders of the training side's classes, so they have no labels"
BESIDE = "it lies beside the folders of the split"


@dataclass(frozen=True)
class Sides:
    """The folders of a split.

    Attributes:
        train: the folder for training; ``test`` the one for testing, empty where none has labels.
        within: for each of both the folder that holds the class folders, which may lie deeper: ``seg_train/seg_train``.
        unused: the folders beside them, each with the reason why it is not used.
    """

    train: str
    test: str
    within: dict[str, str]
    unused: dict[str, str] = field(default_factory=dict)


def sides_of(tree: FileTree, folder: str) -> Sides | None:
    """Return the sides among the folders directly in ``folder``; None where they are no split."""
    tops = with_pictures(tree, folder)
    named = {name: side for name in tops if (side := side_of(name))}
    if "train" not in named.values():
        named |= paired_sides(tops)
    train = _training(tree, folder, named)
    others = [name for name in tops if name not in named]
    if not train or not (len(set(named.values())) > 1 or all(map(_is_no_class, others))):
        return None
    within = level(tree, below(folder, train))
    classes = set(with_pictures(tree, within))
    tests = sorted((name for name, side in named.items() if side != "train"), key=lambda name: (rank(name), name))
    found = {name: place for name in tests if (place := _labelled(tree, below(folder, name), classes))}
    test = next(iter(found), "")
    unused = {name: _unused(name, test, name in tests and name not in found) for name in tops}
    places = {"train": within} | ({"test": found[test]} if test else {})
    return Sides(train, test, places, {name: why for name, why in unused.items() if name not in (train, test)})


def with_pictures(tree: FileTree, folder: str) -> list[str]:
    """Return the names of the folders directly in ``folder`` that hold pictures at any depth."""
    return [name for name in tree.folders(folder) if tree.count(below(folder, name))]


def level(tree: FileTree, folder: str) -> str:
    """Return the folder that holds the class folders: ``folder``, or the only one in it, as in ``seg_train/seg_train``."""
    inner = with_pictures(tree, folder)
    if len(inner) == 1 and not tree.direct(folder) and len(with_pictures(tree, below(folder, inner[0]))) > 1:
        return level(tree, below(folder, inner[0]))
    return folder


def below(folder: str, name: str) -> str:
    """Return the path of a name in a folder, which may be the root itself, an empty text."""
    return f"{folder}/{name}" if folder else name


def _training(tree: FileTree, folder: str, named: dict[str, str]) -> str:
    """Return the folder for training that has class folders; empty where none has."""
    found = [name for name, side in named.items() if side == "train" and with_pictures(tree, below(folder, name))]
    return min(found, key=lambda name: (rank(name), name), default="")


def _labelled(tree: FileTree, folder: str, classes: set[str]) -> str:
    """Return the folder whose folders are classes, ``folder`` or one within it; empty where a side has no labels."""
    inner = with_pictures(tree, folder)
    if classes & {*inner}:
        return folder
    deeper = [place for name in inner if (place := below(folder, name)) and classes & {*with_pictures(tree, place)}]
    if len(deeper) == 1:
        return deeper[0]
    return folder if len(inner) > 1 else ""  # strange classes are refused by their names


def _unused(name: str, test: str, unlabelled: bool) -> str:
    if unlabelled or is_unlabelled(name):
        return NO_LABELS
    return f"the folder {test} is used for testing" if test and side_of(name) in ("test", "val") else BESIDE


def _is_no_class(name: str) -> bool:
    return is_unlabelled(name) or is_tool(name) or is_companion(name) or name.casefold() == "extra"
