"""HTML and SVG as values: what is not markup already is escaped, so no class name can become a tag."""

from collections.abc import Sequence
from html import escape

# Elements without an end tag, of those that are used here.
VOID = ("img", "meta")


class Markup(str):
    """Text that is HTML already."""


def element(name: str, /, *content: str, **attributes: object) -> Markup:
    """Return an element around its content; strings that are no :class:`Markup` are escaped.

    ``class_`` and ``http_equiv`` are written as ``class`` and ``http-equiv``.
    """
    words = [f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"' for key, value in attributes.items()]
    start = f"<{name}{''.join(words)}>"
    return Markup(start if name in VOID else f"{start}{joined(*content)}</{name}>")


def joined(*content: str) -> Markup:
    """Return pieces one after another, escaped where they are no markup."""
    return Markup("".join(piece if isinstance(piece, Markup) else escape(piece) for piece in content))


def listed(pairs: Sequence[tuple[str, str]]) -> Markup:
    """Return pairs of a name and what it is."""
    return element("dl", *(joined(element("dt", name), element("dd", value)) for name, value in pairs))


def table(head: list[str], rows: list[list[str]]) -> Markup:
    """Return a table."""
    top = element("thead", element("tr", *(element("th", words, scope="col") for words in head)))
    body = element("tbody", *(element("tr", *(element("td", cell) for cell in row)) for row in rows))
    return element("div", element("table", top, body), class_="table")
