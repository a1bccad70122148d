"""Sides that stand in a column of a table, a row a picture, where the files' names say none."""

from collections.abc import Callable, Iterator, Mapping, Sequence
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


# Returns the different values of a column over all files of a table, as text; None where a file lacks it.
ValuesOf = Callable[[str], "set[str] | None"]


def split_column(
    values_of: ValuesOf, kinds: Mapping[str, str], named: bool, choices: Choices, name: str
) -> tuple[str, str]:
    """Return the column of sides that is read, empty for none, and a sentence where one may be the split and is not read.

    Args:
        values_of: the table.
        kinds: of its columns.
        named: whether its files are named after sides, which counts where nobody chose a column.
        choices: of a person.
        name: of the data set.

    Raises:
        ExplorerError: a part for testing is chosen, and no column has it.
    """
    split, values = choices.split, sorted(values_of(choices.split) or ()) if choices.split else []
    if split and not values:
        raise ExplorerError(f"Only some files of {name} have a column {split!r}; give files of one kind.")
    if not split and (choices.test or not named):
        split, values = _found(values_of, kinds)
    if choices.test and not split:
        raise ExplorerError(f"{name} has no column of sides; name it by --read split=COLUMN.")
    if choices.test and choices.test not in values:
        raise ExplorerError(f"No row has {choices.test!r} in the column {split!r}; it has {some(values)}.")
    if not split or choices.test or are_sides(values):
        return split, ""
    said = (
        f"The column {split!r} ({some(values)}) may be the split and is not used; "
        f"choose the part for testing by --read split={split} --read test={values[-1]}."
    )
    return "", said


def _found(values_of: ValuesOf, kinds: Mapping[str, str]) -> tuple[str, list[str]]:
    """Return the column of sides and its values; nothing where there is none, or one value alone."""
    plain = {"".join(letter for letter in name.casefold() if letter.isalnum()): name for name in kinds}
    name = next((plain[known] for known in NAMES if known in plain and kinds[plain[known]] == "label"), "")
    values = (values_of(name) if name else None) or set()
    return (name, sorted(values)) if 1 < len(values) <= MOST else ("", [])


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
