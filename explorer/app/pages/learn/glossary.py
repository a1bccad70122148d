"""The glossary: every word by the alphabet, with its meaning and its formula; a view of the Learn page."""

from collections.abc import Callable
from functools import cache
from typing import Any, TypedDict

from explorer.app.components import loader
from explorer.app.components.glossary_terms.glossary_terms import terms
from explorer.app.components.markdown.markdown_text import Node
from explorer.app.pages.learn.glossary_places import glossary_places


class GlossaryWord(TypedDict):
    """A word with the name that the address calls it by, its meaning, and the place that shows it, where there is one."""

    name: str
    anchor: str
    nodes: list[Node]
    place: str
    href: str


class GlossaryData(TypedDict):
    """What the component of the glossary is given."""

    words: list[GlossaryWord]


def draw_glossary() -> None:
    """Draw all words; a field narrows them down in the browser, and ``#leverage`` in the address opens at that word."""
    places = glossary_places()
    shown: list[GlossaryWord] = []
    for word in terms():
        place, href = places.get(word.name, ("", ""))
        shown.append(
            {"name": word.name, "anchor": word.anchor, "nodes": list(word.nodes), "place": place, "href": href}
        )
    data: GlossaryData = {"words": shown}
    _component()(key="glossary", data=data)


@cache
def _component() -> Callable[..., Any]:
    styles = ["components/markdown/markdown_text.css", "pages/learn/glossary.css"]
    return loader.component("glossary", ["pages/learn/glossary.js"], styles)
