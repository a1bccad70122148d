"""What every page answers about itself: what am I looking at, and what can I not conclude?"""

from pathlib import Path

import streamlit as st

from explorer.app.components.markdown import markdown_text

# In the session: the file of the open page's answers.
_OPEN = "page open"


def open_page(about: Path) -> None:
    """Remember which page is open; ``about`` is the file of its answers."""
    st.session_state[_OPEN] = about


def answers() -> list[markdown_text.Node]:
    """Return both answers of the open page; an empty list where a page is drawn without its frame."""
    about = st.session_state.get(_OPEN)
    return list(markdown_text.parsed(about)) if about else []
