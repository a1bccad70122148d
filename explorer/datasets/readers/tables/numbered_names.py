"""Names of classes in the order of their numbers, which people count from 0 or from 1: all numbers of a data set together tell which."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import dropwhile

from explorer.datasets.doubts.reading import some
from explorer.datasets.readers.tables.headless import is_picture

# Digits of a class number, at most.
LONGEST = 12
# A line that begins with the number of its class, and one that ends with it.
NUMBERED_LINE = re.compile(r"[(\[]?(?P<number>[0-9]{1,11})(?:[)\].]?\s+(?:[-–=]>?\s+)?|\s*[,;:=]\s*)(?P<name>.*\S)\s*")
LINE_AND_NUMBER = re.compile(
    r"(?P<name>.*[^\s,;:=>–-])(?:\s+(?:[-–=]>?\s+)?[(\[]?|\s*[,;:=]\s*)(?P<number>[0-9]{1,11})[)\]]?\s*"
)
# A remark above the names; a class may be called ``#``.
REMARK = re.compile(r"#\s")


def named_by_lines(labels: Collection[str], lines: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Return the name of each number among some labels by a text of one name a line, and what is doubtful in that.

    Args:
        labels: as :func:`named_numbers` takes them.
        lines: of the text; where each begins with a number, that number is the class's, and else where each ends with one that labels have.
    """
    lines = [*dropwhile(REMARK.match, lines)] or lines
    numbers = {label for label in labels if label.isascii() and label.isdecimal() and len(label) < LONGEST}
    if _is_list(numbers, lines):
        return {}, []
    headed = _numbered(NUMBERED_LINE, lines[1:])  # below a line of titles
    named = _numbered(NUMBERED_LINE, lines)
    behind = {} if named else _numbered(LINE_AND_NUMBER, lines)  # `0 grade 1` is the class 0
    for known in (behind, headed):
        if numbers and known and all(int(label) in known for label in numbers):
            return {label: known[int(label)] for label in numbers}, []
    if not named:
        return named_numbers(labels, lines)
    if all(int(label) in named for label in numbers):
        return {label: named[int(label)] for label in numbers}, []
    if [number - min(named) for number in sorted(named)] == [*range(len(named))]:
        return named_numbers(labels, [named[number] for number in sorted(named)])
    said = f"The lines that name the classes begin with numbers ({some([*map(str, sorted(named))])}), and some labels have others, so that none is used; give one name for each number."
    return {}, [said]


def _is_list(numbers: Collection[str], lines: Sequence[str]) -> bool:
    """Return whether lines are of pictures and their labels, not of classes: each names a picture, or they repeat the numbers of the labels."""
    below = lines[1:] or lines  # the first may be of titles
    if below and all(any(map(is_picture, re.split(r"[\s,;:]+", row))) for row in below):
        return True
    wanted = {*map(int, numbers)}
    for form in (NUMBERED_LINE, LINE_AND_NUMBER):
        for rows in (lines, below):
            held = [int(found["number"]) for row in rows if (found := form.fullmatch(row))]
            if len(held) == len(rows) > len({*held}) and {*held} == wanted:
                return True
    return False


def _numbered(form: re.Pattern[str], lines: Sequence[str]) -> dict[int, str]:
    """Return the names by number where all lines have this form, and no number or name comes twice; else none."""
    found = [form.fullmatch(line) for line in lines]
    named = {int(line["number"]): line["name"] for line in found if line}
    return named if len(lines) == len(named) == len({*named.values()}) else {}


def named_numbers(
    labels: Collection[str], names: Sequence[str], from_zero: bool = False
) -> tuple[dict[str, str], list[str]]:
    """Return the name of each number among some labels, and what is doubtful in that.

    Args:
        labels: of all sides; those that are no whole numbers are names already.
        names: of the classes, in their order; may be empty.
        from_zero: whether the format says that they are counted from 0; else the numbers tell.
    """
    numbers = {label: int(label) for label in labels if label.isascii() and label.isdecimal() and len(label) < LONGEST}
    if not numbers or not names:
        return {}, []
    least, most, count = min(numbers.values()), max(numbers.values()), len(names)
    first = 1 if least and most == count and not from_zero else 0
    shown = f"{count:,} names of classes ({some(names)})"
    if most - first >= count:
        said = f"The numbers of the labels go from {least} to {most}, and there are {shown}, so that none is used; give one name for each number."
        return {}, [said]
    known = _apart({label: names[number - first] for label, number in numbers.items()}, numbers)
    if first or not least or from_zero:
        return known, []
    said = (
        f"No picture has the number 0 or {count}, so nothing tells whether the {count:,} names ({some(names)}) are counted from 0 or from 1; "
        f"they are counted from 0, so that {least} is {names[least]}: take the names away, or add what is missing, if that is wrong."
    )
    return known, [said]


def _apart(known: Mapping[str, str], numbers: Mapping[str, int]) -> dict[str, str]:
    """Return names by label, with the label behind a name that several numbers have, as ImageNet's two cranes."""
    held = Counter(name for name, _ in {(name, numbers[label]) for label, name in known.items()})
    return {label: f"{name} {label}" if held[name] > 1 else name for label, name in known.items()}


def one_to_one(numbers: Sequence[int], words: Sequence[str]) -> bool:
    """Return whether each number goes with one word, and each word with one number."""
    return len(set(zip(numbers, words, strict=True))) == len(set(numbers)) == len(set(words))
