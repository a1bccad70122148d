"""What every page answers of itself: what am I looking at, and what can I not conclude?"""

import streamlit as st

from explorer.app.components.markdown import markdown_text

# In the session: the page that is open, as main.py names it.
_OPEN = "page open"


def open_page(name: str) -> None:
    """Remember which page is open; ``name`` is its file in pages/."""
    st.session_state[_OPEN] = name


def answers() -> list[markdown_text.Node]:
    """Return both answers of the open page from ``assets/about/``; nothing where a page is drawn without its frame."""
    name = st.session_state.get(_OPEN)
    return list(markdown_text.parsed(f"about/{name}")) if name else []
