"""Sides that stand in a column of a table, a row a picture, where the files' names say none."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from explorer.core.errors import ExplorerError
from explorer.datasets.choices import Choices
from explorer.datasets.doubts.reading import some
from explorer.datasets.readers.containers.scan import Batch
from explorer.datasets.readers.containers.sides import side_of
from explorer.datasets.readers.tables.columns import SIDE_COLUMNS

# Names of columns of sides, as :data:`SIDE_COLUMNS` writes them.
NAMES = (*SIDE_COLUMNS, "mluse")
# Values that a column of sides has at most.
MOST = 20


def side_column(files: Sequence[Any], kinds: Mapping[str, str]) -> tuple[str, list[str]]:
    """Return the column of sides and its values over all Parquet files; nothing where there is none, or one value alone."""
    plain = {"".join(letter for letter in name.casefold() if letter.isalnum()): name for name in kinds}
    name = next((plain[known] for known in NAMES if known in plain and kinds[plain[known]] == "label"), "")
    if not name or any(name not in file.schema_arrow.names for file in files):
        return "", []
    values = {str(value) for file in files for value in file.read(columns=[name])[name].unique().to_pylist()}
    return (name, sorted(values)) if 1 < len(values) <= MOST else ("", [])


def chosen_side(files: Sequence[Any], choices: Choices) -> tuple[str, list[str]]:
    """Return the column of sides that a person chose, and its values.

    Raises:
        ExplorerError: it has none of the chosen value.
    """
    values = {
        str(value) for file in files for value in file.read(columns=[choices.split])[choices.split].unique().to_pylist()
    }
    if choices.test and choices.test not in values:
        raise ExplorerError(
            f"No row has {choices.test!r} in the column {choices.split!r}; it has {some(sorted(values))}."
        )
    return choices.split, sorted(values)


def are_sides(values: Sequence[str]) -> bool:
    """Return whether all values name sides, training among them."""
    return "train" in map(side_of, values) and all(map(side_of, values))


def by_side(batch: Batch, values: Sequence[Any], test: str = "") -> Iterator[Batch]:
    """Yield the pictures of a batch, those of each side apart; ``values`` has the side of each, ``test`` the value for testing."""
    sides = [("test" if str(value) == test else "train") if test else side_of(str(value)) for value in values]
    for side in dict.fromkeys(sides):
        rows = [row for row, one in enumerate(sides) if one == side]
        yield Batch(
            batch.file,
            side,
            [batch.names[row] for row in rows],
            [batch.labels[row] for row in rows],
            [batch.places[row] for row in rows],
            [batch.sizes[row] for row in rows],
            [batch.contents[row] for row in rows],
        )
