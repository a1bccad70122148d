"""The glossary: every word by the alphabet, with its meaning and its formula; a view of the Learn page."""

from collections.abc import Callable
from functools import cache
from typing import Any, TypedDict

from explorer.app.components import loader
from explorer.app.components.glossary_terms.glossary_terms import terms
from explorer.app.components.markdown.markdown_text import Node


class GlossaryWord(TypedDict):
    """A word with the name that the address calls it by and its meaning."""

    name: str
    anchor: str
    nodes: list[Node]


class GlossaryData(TypedDict):
    """What the component of the glossary is given."""

    words: list[GlossaryWord]


def draw_glossary() -> None:
    """Draw all words; a field narrows them down in the browser, and ``#leverage`` in the address opens at that word."""
    shown: list[GlossaryWord] = [
        {"name": word.name, "anchor": word.anchor, "nodes": list(word.nodes)} for word in terms()
    ]
    data: GlossaryData = {"words": shown}
    _component()(key="glossary", data=data)


@cache
def _component() -> Callable[..., Any]:
    styles = ["components/markdown/markdown_text.css", "pages/learn/glossary.css"]
    return loader.component("glossary", ["pages/learn/glossary.js"], styles)
