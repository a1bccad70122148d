"""Tables that stand alone on a page; those among other blocks are :func:`explorer.app.components.blocks.blocks.table`."""

from collections.abc import Mapping, Sequence

import streamlit as st


def draw_table(label: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Draw rows of one shape as a table that can be sorted; ``label`` is what a screen reader calls it."""
    st.dataframe(rows, hide_index=True, alt=label)


def draw_facts(facts: Mapping[str, str]) -> None:
    """Draw names and values as a table of two columns; the values are Markdown."""
    st.table(facts)
