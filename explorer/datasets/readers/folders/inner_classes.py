"""Classes of two levels, ``animal/cat``: which level is meant cannot be seen, so it is doubted, and both can be taken."""

from collections.abc import Mapping, Sequence

from explorer.datasets.assembly import Entry
from explorer.datasets.doubts.folder_names import is_companion, side_of
from explorer.datasets.doubts.reading import CONTAINER_WORDS, some
from explorer.datasets.file_tree import FileTree
from explorer.datasets.readers.folders.sides import below, with_pictures

# Letters that a name of a class has at least; shorter ones number or date something.
LETTERS = 3
# Pictures that a class needs, so that a folder of one is a case and no class.
FEWEST = 2


def level_doubts(tree: FileTree, folder: str, names: Sequence[str]) -> list[str]:
    """Return a doubt where all class folders hold folders that may be the classes, or one holds a folder called as another class."""
    inner = {name: with_pictures(tree, below(folder, name)) for name in names}
    return [*_inside(names, inner), *_levels(tree, folder, inner)]


def _inside(names: Sequence[str], inner: Mapping[str, Sequence[str]]) -> list[str]:
    """Return a doubt where a class folder holds a folder that is called as another class, as one does that was moved by mistake."""
    pairs = [(name, other) for name in names for other in inner[name] if other in names and other != name]
    if not pairs or len(pairs) > len(names) // 2 + 1:  # copies of all classes are another thing
        return []
    name, other = pairs[0]
    return [
        f"The folder {name}/{other} is called as the class {other!r} and counts as {name!r}; move it where it belongs, "
        "or give it another name."
    ]


def _levels(tree: FileTree, folder: str, inner: Mapping[str, Sequence[str]]) -> list[str]:
    every = [one for found in inner.values() for one in found]
    if len(inner) < 2 or len({*every}) < len(every) or any(len(found) < 2 for found in inner.values()):
        return []
    if any(tree.direct(below(folder, name)) for name in inner) or not all(map(_is_word, every)):
        return []
    if any(tree.count(below(below(folder, name), one)) < FEWEST for name, found in inner.items() for one in found):
        return []
    return [
        f"The folders {some([*inner])} hold folders ({some(every)}), which may be the classes; "
        "--read classes=inner takes those, --read classes=folders the outer ones."
    ]


def _is_word(name: str) -> bool:
    """Return whether a folder may be called after a class: it has letters and no number behind them, and is no side and no container."""
    plain = name.casefold()
    known = side_of(name) or is_companion(name) or plain in CONTAINER_WORDS
    return not known and sum(map(str.isalpha, name)) >= LETTERS and not name[-1].isdecimal()


def with_inner_classes(tree: FileTree, entries: Sequence[Entry]) -> list[Entry]:
    """Return pictures with the folder within their class folder as class; those that lie in none are left out and said."""
    found, bare = [], 0
    for entry in entries:
        parts = entry.file.split("/")
        place = parts.index(entry.label) + 1
        bare += place == len(parts) - 1
        if place < len(parts) - 1:
            found.append(entry._replace(label=parts[place]))
    if bare:
        tree.leave_files("*", "they lie in no folder within a class folder", bare)
    return found
