"""What is doubtful in how a list was read: columns that say other things, several labels, measures, letters, lines that differ."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from explorer.datasets.doubts.reading import some
from explorer.datasets.doubts.rival_labels import Pair, rival_doubt
from explorer.datasets.readers.tables.columns import WORDS, Columns, is_of_boxes, key
from explorer.datasets.readers.tables.encodings import WINDOWS, encoding_of

# Columns of numbers that often measure something; classes are numbered without gaps, measures are not.
MEASURES = frozenset(("target", "y", "level", "severity", "score", "age", "value", "rating", "weight", "price"))
MANY_NUMBERS = 20
# Columns that say how sure a label is.
CONFIDENCE = frozenset(("confidence", "verified", "iscorrect", "correct", "valid", "present"))


@dataclass(frozen=True)
class ListSeen:
    """A list as it was read.

    Attributes:
        file: its name; ``path`` where it lies.
        columns: that were read.
        labels: that were found.
        pairs: how many pictures have each pair of the label and what a rival column says, by that column.
        longer: lines with more cells than there are names.
        chosen: whether a person named the column of labels.
        values: of each column, as far as they are few.
    """

    file: str
    path: Path
    columns: Columns
    labels: Collection[str]
    pairs: Mapping[str, Mapping[Pair, int]]
    longer: int = 0
    chosen: bool = False
    values: Mapping[str, Collection[str]] = field(default_factory=dict)


def list_doubts(seen: ListSeen) -> list[str]:
    """Return a sentence for each thing that is doubtful."""
    found = [said for doubt in DOUBTS if (said := doubt(seen))]
    return found + [
        f"{seen.file} has a column {name!r} ({some(values)}) that may be the split and is not used; "
        f"choose the part for testing by --read split={name} --read test={values[-1]}, or take the column out."
        for name, values in seen.columns.unused.items()
    ]


def twice(differing: Sequence[tuple[str, str, str]]) -> list[str]:
    """Return a sentence where pictures have different labels or sides in different lines; the first counts."""
    if not differing:
        return []
    file, first, other = differing[0]
    count = len({file for file, *_ in differing})
    counted = "One picture has" if count == 1 else f"{count:,} pictures have"
    return [
        f"{counted} different labels or sides in different lines, such as {file} ({first}, then {other}); the first is taken: "
        "keep the line that is right."
    ]


def _rivals(seen: ListSeen) -> str:
    found = (said for name, pairs in seen.pairs.items() for said in rival_doubt(seen.columns.label[0], name, pairs))
    return next(found, "")


def _several(seen: ListSeen) -> str:
    parts = Counter(part.strip() for label in seen.labels if "," in label for part in label.split(","))
    if not any(count > 1 for count in parts.values()):
        return ""
    if 2 * sum("," in label for label in seen.labels) < len(seen.labels):
        return ""
    return (
        f"{seen.file} has several labels a picture, as it seems, such as {min(seen.labels)!r}; this program takes one."
    )


def _boxes(seen: ListSeen) -> str:
    return (
        f"{seen.file} marks boxes within pictures, and a picture takes the label of its first box."
        if is_of_boxes(seen.columns.names)
        else ""
    )


def _words(seen: ListSeen) -> str:
    label = seen.columns.label[:1]
    if not label or key(label[0]) not in WORDS or not any(" " in one for one in seen.labels):
        return ""
    return f"{seen.file} has several words a picture in {label[0]!r}; this program takes one label a picture."


def _measures(seen: ListSeen) -> str:
    return "" if seen.chosen or not seen.columns.label else measures(seen.columns.label[0], seen.file, seen.labels)


def measures(column: str, file: str, labels: Collection[str]) -> str:
    """Return the sentence for numbers with gaps in a column that is called like a measure; empty for any other.

    Args:
        column: its name.
        file: that it stands in.
        labels: the different values.
    """
    if key(column) not in MEASURES or len(labels) <= MANY_NUMBERS:
        return ""
    numbers = {int(one) for one in labels if one.isdecimal() and len(one) < 12}
    if len(numbers) < len(labels) or max(numbers) - min(numbers) < 1.2 * len(numbers):
        return ""
    return (
        f"{column!r} of {file} has {len(numbers):,} numbers with gaps, which read like a measure and not like classes; "
        f"write a class for each range, or take them by --read label={column}."
    )


def _letters(seen: ListSeen) -> str:
    return strange_letters(seen.file, seen.path, seen.labels)


def strange_letters(file: str, path: Path, labels: Collection[str]) -> str:
    """Return the sentence for class names in letters of an encoding that nothing in the file tells; empty where there are none."""
    strange = sorted({one for one in labels if not one.isascii()})
    if not strange or encoding_of(path) != WINDOWS:
        return ""
    return (
        f"{file} is not in UTF-8, and its letters are read as Windows writes them in Western Europe ({some(strange)}); "
        "save it in UTF-8 if that is wrong."
    )


def _refuted(seen: ListSeen) -> str:
    """Return the sentence for a column that may say of each line whether its label is true."""
    names = [name for name in seen.columns.names if key(name) in CONFIDENCE and name not in seen.columns.label]
    found = next(
        (name for name in names if {value.removesuffix(".0") for value in seen.values.get(name, ())} == {"0", "1"}), ""
    )
    return found and (
        f"{seen.file} has a column {found!r} of 0 and 1, which may say that a label is not true, and all lines are taken; "
        "take the others out, or that column where it says something else."
    )


def _longer(seen: ListSeen) -> str:
    if not seen.longer:
        return ""
    lines = "1 line has" if seen.longer == 1 else f"{seen.longer:,} lines have"
    return (
        f"In {seen.file} {lines} more cells than there are names of columns, and what stands there is not read; "
        "put names that hold the separator into quotation marks, and keep one label a picture."
    )


DOUBTS: tuple[Callable[[ListSeen], str], ...] = (
    _rivals,
    _several,
    _boxes,
    _words,
    _measures,
    _letters,
    _refuted,
    _longer,
)
