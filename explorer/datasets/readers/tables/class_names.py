"""Names of classes by number or topic, in a JSON file or a table beside a list: Cassava's ``label_num_to_disease_map.json``, ``classes.csv``."""

import csv
import json
import re
from collections.abc import Collection, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from explorer.core.errors import ExplorerError
from explorer.datasets.assembly import Entry
from explorer.datasets.file_tree import FileTree
from explorer.datasets.readers.tables.cells import TOPIC_LABEL, topic_label
from explorer.datasets.readers.tables.columns import LABELS, key, text
from explorer.datasets.readers.tables.headless import is_picture
from explorer.datasets.readers.tables.lines import names_of, parsed
from explorer.datasets.readers.tables.numbered_names import named_by_lines

# A file of names is short.
MOST_BYTES, MOST_LINES = 2**20, 20_000
TABLES = (".csv", ".tsv")
# Texts of names, one a line in the order of their numbers.
TEXTS = frozenset(("classes.txt", "class_names.txt", "classnames.txt", "labels.txt", "synsets.txt", "categories.txt"))
# How files are called that name classes, and columns that may be of anything.
OF_CLASSES = re.compile(
    r"class|label|categor|kateg|synset|species|breed|disease|taxa|taxon|legend|^names?$|(to_?|2)name", re.I
)
# How files are called besides that have the number of each class by its name.
TO_NUMBERS = re.compile(r"(to_?|2)(idx|index|id)|mapping", re.I)
OF_ANYTHING = frozenset(("name", "object", "x", "y", "dx"))


def with_names(tree: FileTree, entries: list[Entry], folder: str) -> list[Entry]:
    """Return entries whose numbers are replaced by the names that a file in the list's folder, or in the root, gives them."""
    labels = {entry.label for entry in entries}
    if not labels or not all(label.isdecimal() or TOPIC_LABEL.fullmatch(label) for label in labels):
        return entries
    for place in dict.fromkeys((folder, "")):
        for file in tree.others(place):
            names = _names(tree.root / f"{place}/{file}".strip("/"), labels)
            if labels <= {*names} and len({names[label] for label in labels}) == len(labels):
                return [entry._replace(label=names[entry.label]) for entry in entries]
    return entries


def _names(path: Path, labels: set[str]) -> dict[str, str]:
    try:
        if path.is_symlink() or (path.stat().st_size > MOST_BYTES and path.suffix.lower() != ".ndjson"):
            return {}
        if path.suffix.lower() == ".json":
            return _of_classes(_in_json(json.loads(path.read_text("utf-8")), path.stem), labels, [path.stem])
        if path.suffix.lower() == ".ndjson":  # Ultralytics' first line
            with path.open(encoding="utf-8") as stream:
                return _in_json(_table(json.loads(stream.readline(MOST_BYTES)), "class_names"))
        if path.name.casefold() in TEXTS:
            known, doubts = named_by_lines(labels, _one_a_line(path.read_text("utf-8")))
            return {} if doubts else known
        if path.suffix.lower() in TABLES:
            lines = [line for line in islice(parsed(path, MOST_BYTES), MOST_LINES) if isinstance(line, dict)]
            return _in_table([*_first_line(names_of(path)), *lines], labels, path.stem)
    except (OSError, ValueError, RecursionError, csv.Error, ExplorerError):
        pass
    return {}


def _one_a_line(content: str) -> list[str]:
    """Return the lines of a text with a name in each; none where one comes twice."""
    names = [line.strip() for line in content.splitlines() if line.strip()]
    return names if len({*names}) == len(names) and all(map(_is_name, names)) else []


def _first_line(names: Sequence[str]) -> list[dict[str, str]]:
    """Return the line of names as a line of its own where it is one: Open Images' table of its topics has no other."""
    return [{name: name for name in names}] if any(topic_label(name) != name for name in names) else []


def _table(found: Any, key: str) -> Any:
    return found.get(key) if isinstance(found, dict) else None


def _in_json(found: Any, stem: str = "") -> dict[str, str]:
    """Return the names by number, also where a file that is called so has the numbers by name, as ``class_to_idx`` does; nothing where it holds something else."""
    if not isinstance(found, dict) or not found:
        return {}
    turned = bool(OF_CLASSES.search(stem) or TO_NUMBERS.search(stem)) and not any(map(str.isdecimal, found))
    numbers = [number for number in found.values() if turned and type(number) is int]
    if len(numbers) == len(found) and sorted(numbers) in ([*range(len(found))], [*range(1, len(found) + 1)]):
        found = {number: name for name, number in found.items()}
    whole = all(isinstance(name, str) and _is_name(name) for name in found.values())
    return {str(number): name.strip() for number, name in found.items()} if whole else {}


def _in_table(lines: Sequence[Mapping[str, Any]], labels: set[str], stem: str) -> dict[str, str]:
    """Return the names by number of a table with a line for each class: a column of numbers, and one of names that never come twice."""
    columns = {
        name: [topic_label(text(line.get(name))) for line in lines] for name in (lines[0] if lines else ()) if name
    }
    single = {name: values for name, values in columns.items() if len({*values}) == len(values)}
    if any({*values} == labels for name, values in columns.items() if name not in single):
        return {}  # a list of pictures
    numbers = {
        name: values
        for name, values in single.items()
        if all(value.isdecimal() or TOPIC_LABEL.fullmatch(value) for value in values) and labels <= {*values}
    }
    names = {
        name: values
        for name, values in single.items()
        if all(_is_name(one) and not one.isdecimal() and not TOPIC_LABEL.fullmatch(one) for one in values)
    }
    if len(numbers) != 1 or not names:
        return {}
    best = min(names, key=lambda name: LABELS.index(key(name)) if key(name) in LABELS else len(LABELS))
    (column, known), *_ = numbers.items()
    titles = [title for title in (column, best) if key(title) in LABELS and key(title) not in OF_ANYTHING]
    return _of_classes(dict(zip(known, names[best], strict=True)), labels, [stem, *titles])


def _of_classes(known: dict[str, str], labels: Collection[str], called: Sequence[str]) -> dict[str, str]:
    """Return names by number where they are those of the classes, not of pictures or people that are numbered as well.

    Args:
        known: the names.
        labels: all of the list; other numbers may have names only where the file says that it is about classes.
        called: the name of the file, and of columns that hold labels.
    """
    told = known.keys() <= {*labels} or any(map(TOPIC_LABEL.fullmatch, labels)) or len(called) > 1
    told = told or bool(OF_CLASSES.search(called[0]))
    return known if told and not any(map(is_picture, known.values())) else {}


def _is_name(name: str) -> bool:
    return bool(name.strip()) and "/" not in name
