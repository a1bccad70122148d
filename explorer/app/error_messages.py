"""Errors on the screen: the message stands where the error happened, and the rest of the page is drawn."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from explorer.app.screen_text import verbatim
from explorer.core.errors import ExplorerError


@contextmanager
def show_errors() -> Iterator[None]:
    """Show the message of an :class:`ExplorerError` instead of what the block would have drawn."""
    try:
        yield
    except ExplorerError as error:
        st.error(verbatim(str(error)), icon=":material/error:")
