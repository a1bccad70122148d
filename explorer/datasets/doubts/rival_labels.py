"""What is doubtful where a picture has labels in two places: two members or keys, two columns, two arrays."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

# Labels of a picture in two places: that which is taken, and the other one.
Pair = tuple[str, str]


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
    against = _against(held)
    if not against:
        return []
    first = next(pair for pair in held if pair in against)
    shown = f"({first[0]}, and {first[1]})"
    such = f", such as {named[first]} {shown}" if first in named else f" {shown}"
    return [
        f"{taken!r} and {other!r} say different things of {sum(held[pair] for pair in against):,} of {sum(held.values()):,} pictures{such}; "
        f"{taken!r} is taken: --read label={other} takes the other, --read label={taken} confirms this one."
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
    rows = [row for row, label in enumerate(labels) if label and folders[row] in known and folders[row] != label]
    if not rows:
        return []
    lie = "lies" if len(rows) == 1 else "lie"
    return [
        f"{len(rows):,} of {len(names):,} pictures {lie} in the folder of another class than the label says, "
        f"such as {names[rows[0]]} ({labels[rows[0]]}); the label is taken: mend the one that is wrong."
    ]


def _against(held: Mapping[Pair, int]) -> set[Pair]:
    """Return the pairs in which the other label contradicts the one that is taken."""
    taken, others = ({pair[side] for pair in held} for side in (0, 1))
    if taken == others or (others < taken and not all(map(str.isdecimal, taken))):  # the same names
        return {pair for pair in held if pair[0] != pair[1]}
    by_label: dict[str, list[Pair]] = defaultdict(list)
    for pair in held:
        by_label[pair[0]].append(pair)
    return {pair for some in by_label.values() for pair in some if pair != max(some, key=held.__getitem__)}
