"""The glossary: every word by the alphabet, with its meaning and its formula; a view of the Learn page."""

from collections.abc import Callable
from functools import cache
from typing import Any

import streamlit as st

from explorer.app.components.glossary_terms.glossary_terms import terms
from explorer.core.resources import bundled


def draw_glossary() -> None:
    """Draw all words; a field narrows them down in the browser, and ``#leverage`` in the address opens at that word."""
    shown = [{"name": word.name, "anchor": word.anchor, "nodes": word.nodes} for word in terms()]
    _component()(key="glossary", data={"words": shown})


@cache
def _component() -> Callable[..., Any]:
    css, js = (
        "\n".join((bundled("assets") / f"{part}.{kind}").read_text(encoding="utf-8") for part in ("prose", "glossary"))
        for kind in ("css", "js")
    )
    return st.components.v2.component("glossary", html='<div class="glossary"></div>', css=css, js=js)
