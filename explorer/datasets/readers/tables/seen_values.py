"""What stands in the columns of a list or table, as far as it tells which columns a person may choose."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from explorer.datasets.choices import Offer
from explorer.datasets.doubts.reading import some
from explorer.datasets.readers.tables.columns import FLAGS, LABELS, PATHS, SPLITS, Columns, key

# Columns that are watched, lines by which they are, and values of one: a column of more names pictures, not classes.
MOST_COLUMNS, MOST_LINES, MOST_VALUES = 40, 100_000, 1000
# Values of a column that may say sides, and columns that are offered for one choice.
MOST_SIDES, MOST_OFFERED = 20, 30


@dataclass(eq=False)
class SeenValues:
    """The different values of each column, in the order in which they were met; columns of too many are only remembered by name."""

    values: dict[str, dict[str, None]] = field(default_factory=dict)
    many: set[str] = field(default_factory=set)
    lines: int = 0

    def add(self, line: Mapping[Any, Any]) -> None:
        """Add a line; values that are neither text nor whole numbers do not count."""
        if self.lines >= MOST_LINES:
            return
        self.lines += 1
        for name, value in islice(line.items(), MOST_COLUMNS):
            if name in self.many or not isinstance(name, str) or not isinstance(value, str | int):
                continue
            seen = self.values.setdefault(name, {})
            if text := str(value).strip():
                seen[text] = None
            if len(seen) > MOST_VALUES:
                self.many.add(name)
                del self.values[name]

    def named(self, name: str, names: Sequence[str] = ()) -> str:
        """Return words about a column: how many values it has, and the first of them; ``names`` are those of its numbers."""
        values = names or [*self.values.get(name, ())]
        return f"{len(values):,} values: {some(values)}" if values else ""

    def classes(self) -> Iterator[str]:
        """Yield the columns that repeat their values, as classes do, and are not named after sides."""
        yield from (name for name in self._repeating() if key(name) not in {*SPLITS, *FLAGS})

    def sides(self) -> Iterator[str]:
        """Yield the columns that have as few values as sides or folds, and are not named after classes."""
        few = (name for name in self._repeating() if len(self.values[name]) <= MOST_SIDES)
        yield from (name for name in few if key(name) not in LABELS)

    def _repeating(self) -> list[str]:
        return [name for name, seen in self.values.items() if 1 < len(seen) <= self.lines // 2]

    def pictures(self) -> Iterator[str]:
        """Yield the columns whose names or values are like those of pictures: another in each line."""
        alone = {name for name, seen in self.values.items() if len(seen) == self.lines > 1}
        yield from (name for name in (*self.values, *self.many) if key(name) in PATHS and name in alone | self.many)


def list_offers(seen: SeenValues, columns: Columns) -> list[Offer]:
    """Return what a person can choose of the columns of a list."""
    path, label = next(iter(columns.path), ""), next(iter(columns.label), "")
    labels = [label, *columns.rivals, *(name for name in seen.classes() if name not in (path, columns.split))]
    paths = [path, *(name for name in seen.pictures() if name not in columns.label)]
    sides = [columns.split, *(name for name in seen.sides() if name != label)]
    tests = {name: [*seen.values[name]] for name in _some(sides) if name in seen.values}
    return [
        *([] if columns.marked else [Offer("label", {name: seen.named(name) for name in _some(labels)}, label)]),
        Offer("path", dict.fromkeys(_some(paths), ""), path),
        Offer("split", {name: seen.named(name) for name in _some(sides)}, columns.split, tests),
    ]


def _some(names: Sequence[str]) -> list[str]:
    """Return the names once each, without empty ones, as many as are offered."""
    return [name for name in dict.fromkeys(names) if name][:MOST_OFFERED]
