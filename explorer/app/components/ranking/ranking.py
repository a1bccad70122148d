"""A list of links in an order, each with a bar: what stands first is what a person came for."""

from collections.abc import Sequence
from typing import Literal, TypedDict


class Ranked(TypedDict):
    """A link, how long its bar is as a share of the whole, and the numbers that the bar stands for."""

    name: str
    share: float
    numbers: str
    href: str


class RankingBlock(TypedDict):
    """Links in an order, below a heading; ``note`` says how many there are beside those that are shown."""

    kind: Literal["ranking"]
    label: str
    rows: list[Ranked]
    note: str


def ranking(label: str, rows: Sequence[Ranked], note: str = "") -> RankingBlock:
    """Return a list of links, the first one first; it scrolls where it is long."""
    return {"kind": "ranking", "label": label, "rows": list(rows), "note": note}
