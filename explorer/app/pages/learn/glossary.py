"""The glossary: every word by the alphabet, with its meaning and its formula; a view of the Learn page."""

from collections.abc import Callable
from functools import cache
from typing import Any

from explorer.app.components import loader
from explorer.app.components.glossary_terms.glossary_terms import terms


def draw_glossary() -> None:
    """Draw all words; a field narrows them down in the browser, and ``#leverage`` in the address opens at that word."""
    shown = [{"name": word.name, "anchor": word.anchor, "nodes": word.nodes} for word in terms()]
    _component()(key="glossary", data={"words": shown})


@cache
def _component() -> Callable[..., Any]:
    styles = ["components/markdown/markdown_text.css", "pages/learn/glossary.css"]
    return loader.component("glossary", ["pages/learn/glossary.js"], styles)
