"""Folders of pictures without class folders: where the pictures lie, and on which side."""

from dataclasses import dataclass, field

from explorer.datasets.doubts.folder_names import (
    is_companion,
    is_container,
    is_tool,
    is_unlabelled,
    rank,
    side_of,
)
from explorer.datasets.file_tree import FileTree
from explorer.datasets.readers.folders.sides import BESIDE, below, with_pictures


@dataclass(frozen=True)
class Flat:
    """Folders that hold pictures themselves.

    Attributes:
        places: each folder below the root with its side, ``"train"``, ``"test"``, ``"val"`` or empty.
        unused: the folders beside them, each with the reason why it is not used.
    """

    places: dict[str, str]
    unused: dict[str, str] = field(default_factory=dict)


def flat_folders(tree: FileTree, folder: str = "") -> Flat | None:
    """Return where pictures lie that are in no class folders; None where they are in class folders, or nowhere."""
    tops = with_pictures(tree, folder)
    beside = {below(folder, name): BESIDE for name in tops if _is_no_class(name)}
    held = [name for name in tops if not _is_no_class(name)]
    if not held and not tree.direct(folder):
        return None
    if tree.direct(folder):
        return None if held else Flat({folder: ""}, beside)
    if len(held) == 1 and not side_of(held[0]) and not _is_no_class(held[0]):
        inner = flat_folders(tree, below(folder, held[0]))
        return inner and Flat(inner.places, inner.unused | beside)
    sides = {name: side_of(name) for name in held}
    if not all(map(is_container, held)) and ("train" not in sides.values() or not all(sides.values())):
        return None
    places = {_innermost(tree, below(folder, name)): sides[name] for name in sorted(held, key=rank)}
    flat = all(tree.direct(place) and not with_pictures(tree, place) for place in places)
    return Flat(places, beside) if flat else None


def is_unlabelled_heap(flat: Flat | None) -> bool:
    """Return whether pictures lie in folders that are no classes; one folder with a name of its own may be a single class."""
    if not flat:
        return False
    names = [place.rpartition("/")[2] for place in flat.places]
    return len(names) > 1 or not names[0] or bool(side_of(names[0])) or is_container(names[0])


def _innermost(tree: FileTree, folder: str) -> str:
    """Return a folder, or the only one within it, as in ``train/train``."""
    inner = with_pictures(tree, folder)
    return _innermost(tree, below(folder, inner[0])) if len(inner) == 1 and not tree.direct(folder) else folder


def _is_no_class(name: str) -> bool:
    return is_unlabelled(name) or is_tool(name) or (is_companion(name) and not is_container(name)) or _is_masks(name)


def _is_masks(name: str) -> bool:
    return name.casefold() in ("annotation", "annotations", "mask", "masks", "trimaps", "labels", "segmentations")
