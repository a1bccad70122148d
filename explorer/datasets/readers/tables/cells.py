"""What stands in the cells of a list's line, checked: a picture's name, a label, a side."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from explorer.datasets.choices import Choices, Offer, UnclearError
from explorer.datasets.doubts.folder_names import side_of, side_within
from explorer.datasets.doubts.reading import some
from explorer.datasets.readers.tables.columns import MARKS, TRUE, Columns, columns_of, key, text
from explorer.datasets.readers.tables.headless import UNASSIGNED
from explorer.datasets.readers.tables.lines import first_line, has_objects, names_of
from explorer.datasets.readers.tables.seen_values import MOST_OFFERED, SeenValues

# Bytes that a file system allows a name, and so a class that is written as a folder.
LONGEST = 200
UNPRINTABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
# Columns that hold pixels, as those of FER2013 and of the CSVs of MNIST.
PIXELS = re.compile(r"pixels|pixel_?\d+|\d+x\d+", re.IGNORECASE)
# A box as ImageNet's lists have them: a synset and four numbers, which may be repeated.
SYNSET = re.compile(r"(n\d{8})(?: \d+){4}(?: \1(?: \d+){4})*$")
# A topic of Freebase, by which Open Images calls its classes; a class is written as a folder, so its separators cannot stay.
TOPIC, TOPIC_LABEL = re.compile(r"/([mgt])/([0-9a-z_]{2,})"), re.compile(r"[mgt]-[0-9a-z_]{2,}")
# A whole number as a label, as JSON writes it; Python refuses to write more digits than that, and no class needs ten.
LARGEST = 10**12


class RefusedLine(ValueError):
    """A line cannot be used; the message is the reason."""


def list_columns(path: Path, sample: Sequence[Any], choices: Choices) -> Columns:
    """Return the columns of a list.

    Raises:
        ExplorerError: there are none of pictures or labels; the sentence names those that are there.
    """
    lines = [line for line in sample if isinstance(line, dict)]
    names = list(dict.fromkeys(name for line in lines for name in line if isinstance(name, str)))
    names = names or ([] if has_objects(path) else names_of(path))
    _check_chosen(path, names, choices)
    columns = columns_of(names, lines, choices)
    if columns.complete or (has_objects(path) and not lines):
        return columns if columns.complete else replace(columns, path=("path",), label=("label",))
    raise UnclearError(f"{path} {lacking(path, names, columns)}", column_offers(names, lines, columns))


def _check_chosen(path: Path, names: Sequence[str], choices: Choices) -> None:
    """Check that the columns that a person chose are there.

    Raises:
        UnclearError: one is not.
    """
    for name in (choices.path, choices.label, choices.split):
        if name and names and key(name) not in map(key, names):
            raise UnclearError(f"{path} has no column {name!r}; it has: {', '.join(names)[:300]}.", ())


def column_offers(names: Sequence[str], lines: Sequence[dict[str, Any]], columns: Columns) -> list[Offer]:
    """Return all columns as such of pictures and of labels; none where a line of names is missing or several are marked."""
    if columns.several:
        return []
    seen = SeenValues()
    for line in lines:
        seen.add(line)
    words = {name: seen.named(name) for name in names[:MOST_OFFERED]}
    path, label = next(iter(columns.path), ""), next(iter(columns.label), "")
    return [Offer("path", words, path), Offer("label", {n: said for n, said in words.items() if n != path}, label)]


def lacking(path: Path, names: list[str], columns: Columns) -> str:
    """Return what is wrong with the columns of a list, and the way in."""
    if "path" in names and any(re.fullmatch(r"column \d+", name) for name in names):
        return (
            f"has no line of column names, and several columns may be the labels: it begins with {first_line(path)!r}; "
            f"write names above that, or name the labels by --read label=COLUMN. It has: {', '.join(names)[:300]}."
        )
    if any(PIXELS.fullmatch(name) for name in names):
        return (
            "holds the pixels themselves, which is not read from a table; "
            "save them as an .npz with the arrays 'images' (n, height, width) and 'labels' (n,)."
        )
    if columns.several:
        return (
            f"marks several classes, or none, for a picture ({some([name for name in names if name not in columns.path])}); "
            "this program takes one label a picture: give a list with the columns 'path' and 'label'."
        )
    lacks = "no column of labels" if columns.path else "no columns 'path' and 'label'"
    ways = (
        "name the column by --read label=COLUMN"
        if columns.path
        else "give both, or name them by --read path=COLUMN and --read label=COLUMN"
    )
    return f"has {lacks}; {ways}, and 'split' where there is one. It has: {', '.join(names)[:300] or 'nothing'}."


def line_side(line: dict[str, Any], columns: Columns, choices: Choices) -> str:
    """Return the side of a line, ``"train"``, ``"test"`` or ``"val"``; empty where it says none."""
    if columns.split:
        value = cell(line, (columns.split,))
        if choices.test:
            return "test" if value == choices.test else "train"
        side = side_of(value) or side_within(value)
        if value and not side and value.casefold() != UNASSIGNED:
            raise RefusedLine(f"its split {value[:40]!r} is none of train, test, val")
        return side
    flags = {side: text(line.get(name)).casefold() in TRUE for name, side in columns.flags.items()}
    marked = next((side for side, on in flags.items() if on), "")
    return marked or ("train" if "train" not in flags else "test") if flags else ""


def marked_class(line: dict[str, Any], names: tuple[str, ...]) -> str:
    """Return the one of several columns that is marked in a line."""
    found = [name for name in names if MARKS.get(text(line.get(name)).casefold())]
    if len(found) != 1:
        raise RefusedLine(f"its columns mark {len(found)} classes, and a picture has one")
    return found[0]


def cell(line: dict[str, Any], names: tuple[str, ...]) -> str:
    """Return the text of the first of these columns that has a value; empty where none has."""
    value = next((line[name] for name in names if line.get(name) is not None), "")
    if isinstance(value, list):
        raise RefusedLine(f"its {names[0]} is neither text nor a whole number, but {len(value)} values")
    if isinstance(value, int) and abs(value) < LARGEST:
        return str(value)
    if not isinstance(value, str):
        raise RefusedLine(f"its {names[0]} is neither text nor a whole number")
    return value.strip()


def label_cell(line: dict[str, Any], names: tuple[str, ...]) -> str:
    """Return the label in the first of these columns that has a value; of ImageNet's boxes the number of their synset."""
    label = cell(line, names)
    return found[1] if (found := SYNSET.match(label)) else topic_label(label)


def topic_label(label: str) -> str:
    """Return a topic of Freebase without separators, ``/m/01yrx`` as ``m-01yrx``; any other label as it is."""
    return TOPIC.sub(r"\1-\2", label) if TOPIC.fullmatch(label) else label


def check_label(label: str) -> None:
    """Check that a label can be a class name, and so the name of a folder."""
    if not label:
        raise RefusedLine("it has no label")
    if any(letter in label for letter in "/\\") or label in (".", ".."):
        raise RefusedLine(f"its label {label[:40]!r} holds a path separator; write another name")
    if UNPRINTABLE.search(label) or len(label.encode("utf-8", "replace")) > LONGEST:
        raise RefusedLine(f"its label {label[:40]!r} is no name of at most {LONGEST} printable bytes")


def missing(file: str) -> str:
    """Return why a picture that a list names is not there."""
    if file.casefold().startswith(("http:", "https:", "s3:", "gs:")):
        return (
            "there is no such file; it is an address elsewhere, from which nothing is fetched: fetch the pictures first"
        )
    return "there is no such file"
