"""What is doubtful where a picture has labels in two places: two members or keys, two columns, two arrays."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from explorer.datasets.doubts.folder_names import side_of_word

# Labels of a picture in two places: that which is taken, and the other one.
Pair = tuple[str, str]
# A place with so many values that the labels do not have counts or measures something, where that is half the pictures, too.
MANY_VALUES = 20
NUMBER = re.compile(r"[-+]?\d*\.?\d+(e[-+]?\d+)?")


def rival_doubt(taken: str, other: str, pairs: Mapping[Pair, int], named: Mapping[Pair, str] = {}) -> list[str]:
    """Return a sentence where another place of labels says other things than the one that is taken; none where it says the same.

    It says the same in other words, or less, where each label that is taken goes with one label there, as a number does with
    its name, and a breed with its species.

    Args:
        taken: the place that is taken; ``other`` the other one, both as a person names them.
        pairs: how many pictures have each pair of labels; an empty label is none.
        named: a picture that has a pair, where that is known.
    """
    held = {pair: count for pair, count in pairs.items() if all(pair)}
    labels, others = _sides(held)
    against = set[Pair]() if _no_labels(others, labels, sum(held.values())) else _against(held, _same(labels, others))
    if not against:
        return []
    ways = f"--read label={other} takes the other, --read label={taken} confirms this one."
    if _finer(held, labels, others):
        return [
            f"{other!r} is finer than {taken!r} ({len(others):,} and {len(labels):,} labels), which is taken: {ways}"
        ]
    first = next(pair for pair in held if pair in against)
    shown = f"({first[0]}, and {first[1]})"
    such = f", such as {named[first]} {shown}" if first in named else f" {shown}"
    return [
        f"{taken!r} and {other!r} say different things of {sum(held[pair] for pair in against):,} of {sum(held.values()):,} pictures{such}; "
        f"{taken!r} is taken: {ways}"
    ]


def counted(
    labels: Sequence[str], others: Sequence[str], names: Sequence[str]
) -> tuple[Counter[Pair], dict[Pair, str]]:
    """Return how many pictures have each pair of labels, and the first that has it."""
    pairs = list(zip(labels, others, strict=True))
    return Counter(pairs), dict(zip(reversed(pairs), reversed(names), strict=True))


def folder_doubt(labels: Sequence[str], names: Sequence[str]) -> list[str]:
    """Return a sentence where folders, or shards, are called as classes, and hold pictures of others."""
    folders = [name.rpartition("/")[0].rpartition("/")[2] for name in names]
    known = {label for label in {*labels} if not label.isdecimal()} - {""}
    if len(known & {*folders}) < 2:
        return []
    pairs = [*zip(labels, folders, strict=True)]
    against = _against(Counter((label, folder) for label, folder in pairs if label and folder in known), same=True)
    rows = [row for row, pair in enumerate(pairs) if pair in against]
    if not rows:
        return []
    lie = "lies" if len(rows) == 1 else "lie"
    return [
        f"{len(rows):,} of {len(names):,} pictures {lie} in the folder of another class than the label says, "
        f"such as {names[rows[0]]} ({labels[rows[0]]}); the label is taken: mend the one that is wrong."
    ]


def _sides(held: Mapping[Pair, int]) -> tuple[set[str], set[str]]:
    """Return the labels of the place that is taken, and those of the other one."""
    return {taken for taken, _ in held}, {other for _, other in held}


def _same(labels: Collection[str], others: set[str]) -> bool:
    """Return whether the other labels are names of those that are taken; two numberings may differ and mean the same."""
    return others <= {*labels} and not all(map(str.isdecimal, labels))


def _no_labels(others: Collection[str], labels: set[str], count: int) -> bool:
    """Return whether another place holds running numbers, measures or sides of ``count`` pictures rather than labels."""
    if len({*others} - labels) > max(MANY_VALUES, count // 2) or all(side_of_word(one.lower()) for one in others):
        return True
    return all(map(NUMBER.fullmatch, others)) and not all(float(one).is_integer() for one in others)


def _finer(held: Collection[Pair], labels: Collection[str], others: Collection[str]) -> bool:
    """Return whether each label of the other place goes with one that is taken, as a breed with its species, and there are more."""
    alike = all(taken == other for taken, other in held if other in labels and not other.isdecimal())
    return alike and len(held) == len(others) > len(labels)


def _against(held: Mapping[Pair, int], same: bool) -> set[Pair]:
    """Return the pairs in which the other label contradicts the one that is taken.

    That is another than the same name, where the labels are of the ``same`` names and the other place has it, else than
    the one that goes with it most often: a breed may be called as its species, and another belong to that.
    """
    others, usual = _sides(held)[1], dict[str, str]()
    for taken, other in sorted(held, key=held.__getitem__):
        usual[taken] = other
    return {pair for pair in held if pair[1] != (pair[0] if same and pair[0] in others else usual[pair[0]])}
