"""Markdown files with LaTeX formulas and places for computed figures, parsed into a tree that the browser builds.

A node is a text or a list ``[tag, attributes, child, …]``. Formulas become MathML. The browser never parses HTML.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict
from urllib.parse import quote
from xml.etree import ElementTree

import latex2mathml.converter
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from mdit_py_plugins.dollarmath import dollarmath_plugin

from explorer.core.errors import ExplorerError

Node = Annotated[Any, "Node"]  # a str, or a list [tag, {attribute: value}, *nodes]
PLACE = re.compile(r"\{([a-z_][a-z0-9_]*)\}|%7B([a-z_][a-z0-9_]*)%7D")
# Links lead to a page of the program or, visibly, elsewhere.
_LINK = re.compile(r"/(?!/)|#|https://")
# A heading of a file stands below the page's title: # becomes h2.
_HEADINGS = {"h1": "h2", "h2": "h3", "h3": "h4"}
# Attributes of latex2mathml's output that a browser needs; its namespace and class names are left out.
_ATTRIBUTES = {"display", "stretchy", "fence", "form", "accent", "mathvariant", "linethickness", "columnalign", "width"}

# Signs that a browser would stretch or lower to their neighbours' height unless LaTeX asked for it by \\left and \\right.
_STILL = {"^", "‖", "|", "∥", "¯", "~"}
# TeX sets i=1 under a sum without spaces; browsers set it as wide as in the line.
_SCRIPTED = {"msub", "msup", "msubsup", "munder", "mover", "munderover"}


class ProseBlock(TypedDict):
    """A text."""

    kind: Literal["prose"]
    nodes: list[Node]


def prose(path: Path, /, **figures: str) -> ProseBlock:
    """Return a block with the text of a Markdown file whose places are filled with ``figures``.

    Figures are inserted as they are: nothing in them is parsed as Markdown.

    Raises:
        ExplorerError: there is no such file, or a place has no figure, or a figure no place.
    """
    wanted = placeholders(path)
    if wanted != figures.keys():
        raise ExplorerError(
            f"{path} has places for {_listed(wanted)}; given were {_listed(figures)}. Give each place its figure."
        )
    return {"kind": "prose", "nodes": [_filled(node, figures) for node in parsed(path)]}


def placeholders(path: Path) -> frozenset[str]:
    """Return the names of the places ``{name}`` in a file.

    Raises:
        ExplorerError: there is no such file.
    """
    return frozenset(place for node in parsed(path) for place in _places(node))


@cache
def parsed(path: Path) -> tuple[Node, ...]:
    """Return the nodes of a file with its places unfilled; parsed once a process.

    Raises:
        ExplorerError: there is no such file.
    """
    try:
        return nodes(path.read_text(encoding="utf-8"))
    except FileNotFoundError as missing:
        raise ExplorerError(f"There is no text {path}; install the program again, or write the file.") from missing


def nodes(markdown: str) -> tuple[Node, ...]:
    """Return the nodes of a Markdown text.

    Raises:
        ExplorerError: a link leads to neither the program nor https.
    """
    return tuple(_node(child) for child in SyntaxTreeNode(_reader().parse(markdown)).children)


def plain(node: Node) -> str:
    """Return the text of a node without formulas, code and headings."""
    if isinstance(node, str):
        return node
    return "" if node[0] in {"math", "code", "pre", "h2", "h3", "h4"} else "".join(plain(child) for child in node[2:])


@cache
def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    return reader.use(dollarmath_plugin, allow_labels=False, double_inline=True)


def _node(token: SyntaxTreeNode) -> Node:
    if token.type in {"math_inline", "math_block", "math_inline_double"}:
        return formula(token.content, token.type != "math_inline")
    if token.type in {"text", "softbreak"}:
        return token.content or "\n"
    if token.type in {"code_inline", "code_block", "fence"}:
        return [token.tag, {}, token.content]
    inside = [_node(child) for child in token.children]
    if token.type == "inline" or _tight(token):
        return ["", {}, *_ungrouped(inside)]
    return [_HEADINGS.get(token.tag, token.tag), _link(token), *_ungrouped(inside)]


def _tight(token: SyntaxTreeNode) -> bool:
    """Return whether a paragraph is the only one of its list item, so that it needs no element of its own."""
    return bool(token.nester_tokens and token.nester_tokens.opening.hidden)


def _ungrouped(inside: list[Node]) -> Iterator[Node]:
    """Yield nodes with untagged groups replaced by their children."""
    for node in inside:
        if isinstance(node, list) and not node[0]:
            yield from _ungrouped(node[2:])
        else:
            yield node


def _link(token: SyntaxTreeNode) -> dict[str, str]:
    if token.type != "link":
        return {}
    href = str(token.attrs["href"])
    if not _LINK.match(href):
        raise ExplorerError(f"A text links to {href[:60]!r}; a link begins with / (a page of the program) or https://.")
    return {"href": href}


@cache
def formula(latex: str, block: bool) -> Node:
    """Return a LaTeX formula as MathML nodes, on a line of its own if ``block``.

    Raises:
        ExplorerError: latex2mathml does not know one of its commands.
    """
    written = latex2mathml.converter.convert(latex.strip(), display="block" if block else "inline")
    root = ElementTree.fromstring(written)
    if strange := [element.text for element in root.iter() if (element.text or "").startswith("\\")]:
        raise ExplorerError(f"The formula {latex.strip()!r} has {strange[0]!r}, which latex2mathml does not know.")
    return ["div", {"class": "formula"}, _element(root)] if block else _element(root)


def _element(element: ElementTree.Element, script: bool = False) -> Node:
    tag, kept = element.tag.rpartition("}")[2], {key: value for key, value in element.items() if key in _ATTRIBUTES}
    children = [_element(child, script or bool(tag in _SCRIPTED and place)) for place, child in enumerate(element)]
    if tag == "mrow" and len(children) == 1:
        return children[0]
    if tag == "mo" and element.text in _STILL:
        kept.setdefault("stretchy", "false")
    if tag == "mo" and script:
        kept |= {"lspace": "0", "rspace": "0"}
    return [tag, kept, *([element.text] if element.text and not children else children)]


def _places(node: Node) -> Iterator[str]:
    if isinstance(node, str):
        yield from (one or other for one, other in PLACE.findall(node))
        return
    if node[0] != "math":
        for part in (*node[1].values(), *node[2:]):
            yield from _places(part)


def _filled(node: Node, figures: dict[str, str]) -> Node:
    if isinstance(node, str):
        return PLACE.sub(lambda place: str(figures[place[1] or place[2]]), node)
    if node[0] == "math":
        return node
    attributes = {
        key: PLACE.sub(lambda place: quote(str(figures[place[1] or place[2]])), value) for key, value in node[1].items()
    }
    return [node[0], attributes, *(_filled(child, figures) for child in node[2:])]


def _listed(names: Any) -> str:
    return ", ".join(sorted(names)) or "none"
