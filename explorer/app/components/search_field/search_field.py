"""A search field whose words live in the address."""

from typing import Literal, TypedDict

from explorer.app import urls

LONGEST = 100  # letters of a search in an address


class SearchBlock(TypedDict):
    """A search field: its parameter in the address, its label, what may be typed, and what is typed."""

    kind: Literal["search"]
    name: str
    label: str
    hint: str
    value: str


def search_words(name: str = "find") -> str:
    """Return what the address searches for; nothing where it searches for nothing."""
    return (urls.param(name) or "").strip()[:LONGEST]


def search_field(label: str, hint: str, name: str = "find") -> SearchBlock:
    """Return a field that searches what stands below it; ``hint`` says what may be typed."""
    return {"kind": "search", "name": name, "label": label, "hint": hint, "value": search_words(name)}
