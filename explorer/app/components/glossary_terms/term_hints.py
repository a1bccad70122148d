"""Hints on glossary terms: which terms a page explains, each where it first occurs; only their meanings are sent along."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import streamlit as st

from explorer.app.components.glossary_terms.glossary_terms import Term, term_pattern
from explorer.app.components.markdown import markdown_text

Block = Mapping[str, Any]
# Searching all sentences of a page takes a millisecond, and most of them stand there again after the next click.
SENTENCES_CACHED = 2048
# Key in the session of: term to the key of the element that explains it, the first of the page that uses it.
_CLAIMS = "words explained"


def begin_page() -> None:
    """Begin a page, on which no term is explained yet."""
    st.session_state[_CLAIMS] = {}


def page_terms(key: str, blocks: Iterable[Block]) -> list[list[markdown_text.Node]]:
    """Return ``[form, name, *nodes]`` for each term that these blocks, drawn as ``key``, are the first of the page to use.

    ``form`` is how the term stands in the text. The browser finds its first occurrence (``term_hints.js``).
    """
    claims: dict[str, str] = st.session_state.setdefault(_CLAIMS, {})
    occurring = terms_in(text for block in blocks for text in sentences_of(block))
    own = [(form, word) for form, word in occurring if claims.setdefault(word.name, key) == key]
    return [[form, word.name, *_meaning(word)] for form, word in own]


def terms_in(texts: Iterable[str]) -> list[tuple[str, Term]]:
    """Return the terms in some texts by their first occurrence, each with the form in which it first stands."""
    by_form = term_pattern()[1]
    first: dict[str, tuple[str, Term]] = {}
    for form in (form for text in texts for form in _forms(text)):
        word = by_form[form.casefold()]
        first.setdefault(word.name, (form, word))
    return list(first.values())


@lru_cache(maxsize=SENTENCES_CACHED)
def _forms(text: str) -> tuple[str, ...]:
    return tuple(term_pattern()[0].findall(text))


def sentences_of(block: Block) -> Iterator[str]:
    """Yield the texts of a block in which terms are explained; headings, names and buttons are none."""
    yield from SENTENCES.get(block["kind"], lambda _: ())(block)


def _meaning(word: Term) -> list[markdown_text.Node]:
    first = word.nodes[0]
    return list(first[2:])


def _of_menus(block: Block) -> Iterator[str]:
    for menu in block["menus"]:
        yield from (menu["label"], menu["note"])


def _of_head(block: Block) -> Iterator[str]:
    yield from (*_of_menus(block), block["question"], *block["notices"])


def _of_columns(block: Block) -> Iterator[str]:
    for column in block["columns"]:
        for inner in column["blocks"]:
            yield from sentences_of(inner)


def _of_gallery(block: Block) -> Iterator[str]:
    for section in block["sections"]:
        yield from (section["text"], "" if section["tiles"] else section["empty"])
        yield from (fact[0] for fact in section["facts"])


# In the order in which a block shows them; term_hints.js looks in the same places.
SENTENCES: dict[str, Callable[[Block], Iterable[str]]] = {
    "head": _of_head,
    "text": lambda block: [block["text"]] if block["tag"] == "p" else [],
    "menus": _of_menus,
    "columns": _of_columns,
    "gallery": _of_gallery,
    "tabs": lambda block: [tab["label"] for tab in block["tabs"]],
    "bars": lambda block: [block["caption"]],
    "tug": lambda block: [block["caption"]],
    "prose": lambda block: map(markdown_text.plain, block["nodes"]),
}
