"""Lists of labels that lie in a folder of pictures: which there are, and whether they say the same as the folders."""

import csv
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from explorer.core.errors import ExplorerError
from explorer.datasets.assembly import Entry
from explorer.datasets.choices import NO_CHOICES, Choices
from explorer.datasets.doubts.folder_names import is_hidden, side_of, side_within
from explorer.datasets.file_tree import FileTree, printable
from explorer.datasets.readers.folders.sides import below
from explorer.datasets.readers.tables.cells import SYNSET
from explorer.datasets.readers.tables.columns import SAMPLE, columns_of, text
from explorer.datasets.readers.tables.lines import JSON, MOST_BYTES, OBJECTS, PARQUET, names_of, parsed
from explorer.datasets.readers.tables.places import Places

ENDINGS = (".csv", ".tsv", ".lst", ".txt", JSON, PARQUET, *OBJECTS)
# Folders and lists that are looked at: the first levels of a data set, not each class.
MOST_FOLDERS, MOST_LISTS = 30, 20
# Lists that hold no labels but the form in which answers are handed in, or which side a picture is on.
NO_LABELS = ("submission", "sample_sub", "partition")
# Share of the first names that have to be found below the folder; share of labels by which list and folders agree.
FOUND, AGREE = 0.5, 0.98


@dataclass(frozen=True)
class ListBeside:
    """A list of labels in a folder of pictures.

    Attributes:
        file: its path below the root; ``folder`` is that of its names.
        side: of all its lines, by its name, or by its folder's where each side has one list in a folder of its own; empty where that tells none.
        split: whether it has a column of sides.
        unclear: whether most of its names belong to several files, so that it cannot be used.
        unused: the name of a column that may say sides and cannot be read as such.
        pairs: the file and the label of each of its first lines that are found.
    """

    file: str
    folder: str
    side: str
    split: bool
    pairs: Sequence[tuple[str, str]]
    unclear: bool = False
    unused: str = ""


def lists_beside(tree: FileTree, choices: Choices = NO_CHOICES) -> list[ListBeside]:
    """Return the lists in the first levels of a folder that label pictures in it."""
    places = Places(tree)
    found = [one for file in _candidates(tree) if (one := _list_of(tree, places, file, choices))]
    sides = [side_of(one.folder.rpartition("/")[2]) for one in found]
    if all(sides) and len({*sides}) == len(found) and not any(one.side for one in found):  # {train,test}/labels.csv
        found = [replace(one, side=side) for one, side in zip(found, sides, strict=True)]
    return sorted(found, key=lambda one: (one.file.count("/"), -len(one.pairs), one.file))


def sides_beside(tree: FileTree) -> str:
    """Return a list that says the sides of pictures and not their labels, in a column or by its own name; empty where there is none."""
    places = Places(tree)
    for file in _candidates(tree):
        names, sample = _content(tree, file)
        columns = columns_of(names, sample)
        folder, side = file.rpartition("/")[0], side_of_list(file)
        sided = columns.split or columns.flags or side
        if not sample or not columns.path or columns.label or columns.marked or not sided:
            continue
        found = sum(bool(places.find(text(line.get(columns.path[0])), folder, side)) for line in sample)
        if found >= FOUND * len(sample):
            return file
    return ""


def lists_used(lists: Sequence[ListBeside]) -> list[ListBeside]:
    """Return those that make up the data set: a list for each side, or the first that is named after none."""
    train = next((one for one in lists if one.side == "train"), None)
    if not train:
        return [one for one in lists if not one.side][:1] or list(lists[:1])
    test = next((one for side in ("test", "val") for one in lists if one.side == side), None)
    return [train, test] if test else [train]


def only_test(lists: Sequence[ListBeside], entries: Sequence[Entry]) -> str:
    """Return the sentence for pictures of which a list for testing alone says the labels; empty where there are others."""
    if not entries or not {entry.side for entry in entries} <= {"test", "val"}:
        return ""
    return (
        f"{printable(lists[0].file)} labels pictures for testing and no list those for training, so it is read as the whole and split here; "
        "give the labels of the others as well, or take these as all there are."
    )


def agreement(pairs: Sequence[tuple[str, str]], entries: Sequence[Entry]) -> float:
    """Return the share of listed pictures by which a list groups them as the folders do, whatever the classes are called."""
    label_of = {entry.file: entry.label for entry in entries}
    both = [(label_of[file], label) for file, label in pairs if file in label_of]
    if not both:
        return 1.0
    return min(_purity(both), _purity([(label, folder) for folder, label in both]))


def _purity(pairs: Sequence[tuple[str, str]]) -> float:
    groups: dict[str, Counter[str]] = defaultdict(Counter)
    for one, other in pairs:
        groups[one][other] += 1
    return sum(max(group.values()) for group in groups.values()) / len(pairs)


def _candidates(tree: FileTree) -> list[str]:
    found, waiting = [], [""]
    for folder in waiting:
        found += [below(folder, name) for name in tree.others(folder) if _is_list(name)]
        if folder.count("/") < 1:
            inner = [below(folder, name) for name in tree.folders(folder) if not is_hidden(name)]
            waiting += inner[: MOST_FOLDERS - len(waiting)] if len(inner) < MOST_FOLDERS else []
    return sorted(found, key=lambda file: file.lower().endswith(".txt"))[
        :MOST_LISTS
    ]  # of boxes there is a text for each picture


def _is_list(name: str) -> bool:
    plain = name.casefold()
    return plain.endswith(ENDINGS) and not any(word in plain for word in NO_LABELS)


def _content(tree: FileTree, file: str) -> tuple[list[str], list[dict[str, Any]]]:
    """Return the names of a list's columns and its first lines; nothing where it cannot be read."""
    path = tree.root / file
    try:
        if path.is_symlink():
            return [], []
        lines = islice(parsed(path, MOST_BYTES), SAMPLE)
        return names_of(path), [line for line in lines if isinstance(line, dict)]
    except (OSError, ValueError, csv.Error, ExplorerError):
        return [], []


def _list_of(tree: FileTree, places: Places, file: str, choices: Choices) -> ListBeside | None:
    """Return a list that labels pictures here; None where it does not, or cannot be read."""
    names, sample = _content(tree, file)
    columns = columns_of(names, sample, choices)
    if not columns.complete or not sample:
        return None
    folder, side = file.rpartition("/")[0], side_of_list(file)
    column = places.best(columns.path, sample, folder, side)
    places.learn([text(line.get(column)) for line in sample])
    pairs, before = [], places.unclear
    for line in sample:
        if place := places.find(text(line.get(column)), folder, side):
            pairs.append((place, _label(line, columns.label, columns.marked)))
    unclear = places.unclear - before >= FOUND * len(sample)
    if len(pairs) < FOUND * len(sample) and not unclear:
        return None
    return ListBeside(
        file, folder, side, bool(columns.split or columns.flags), pairs, unclear, next(iter(columns.unused), "")
    )


def _label(line: dict[str, Any], label: Sequence[str], marked: Sequence[str]) -> str:
    if label:
        found = text(line.get(label[0]))
        return synset[1] if (synset := SYNSET.match(found)) else found
    return next((name for name in marked if text(line.get(name)) not in ("0", "0.0", "-1")), "")


def side_of_list(file: str) -> str:
    """Return the side that a list is named after, such as ``train_labels.csv``; empty where it is named after none, or several."""
    stem = file.rpartition("/")[2].rpartition(".")[0]
    return side_within(stem)
