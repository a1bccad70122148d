"""Places where a file is dropped: it is stored at once, and its path appears in the field beside it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer.app import screen_text
from explorer.core.errors import ExplorerError
from explorer.core.files import megabytes
from explorer.datasets import uploads
from explorer.datasets.readers.label_list import LISTS

ROOT = "The paths in the list lie below this folder, on the computer where this program runs, and never leave it."


@dataclass(frozen=True)
class DropZone:
    """Where a file is dropped.

    Attributes:
        field: the key of the field that its path appears in.
        label: what is dropped.
        endings: of the files that are read.
        store: stores a stream of this name, with the folder of a list's pictures, and returns its path.
        idle: a sentence that stands there before.
    """

    field: str
    label: str
    endings: Sequence[str]
    store: Callable[..., Path]
    idle: str

    @property
    def said(self) -> str:
        """The key of what was said of the last file."""
        return f"{self.field}-said"

    @property
    def count(self) -> str:
        """The key of how many files were dropped: after each, the field is another one and so empty."""
        return f"{self.field}-count"


def draw_drop_zone(place: DropZone) -> None:
    """Draw the place, and for a list the field of the folder of its pictures."""
    key = f"{place.field}-{st.session_state.setdefault(place.count, 0)}"
    given = st.file_uploader(
        place.label,
        # a file browser knows no endings of two parts
        type=[ending.rpartition(".")[2] for ending in place.endings],
        max_upload_size=uploads.MOST_MEGABYTES,
        key=key,
        on_change=_dropped,
        args=(place, key),
    )
    if given:
        root = st.text_input("Folder of the list's pictures", key=f"{key}-root", help=ROOT)
        st.button("Use this list", on_click=_take, args=(place, given, root), disabled=not root.strip())
    st.caption(st.session_state.get(place.said, place.idle))


def _dropped(place: DropZone, key: str) -> None:
    """Store what was dropped; a list waits for the folder of its pictures."""
    given = st.session_state.get(key)
    st.session_state.pop(place.said, None)
    if given and not given.name.lower().endswith(LISTS):
        _take(place, given)


def _take(place: DropZone, given: Any, *root: str) -> None:
    """Store a file and use its path; its place in the server's memory is given back, whatever happens."""
    try:
        st.session_state[place.field] = str(place.store(given, given.name, *root))
        said = f"{screen_text.verbatim(given.name)} ({megabytes(given.size)}) is stored and used."
    except ExplorerError as error:
        said = f":material/error: {screen_text.verbatim(str(error))}"
    finally:
        release(given)
    st.session_state[place.said] = said
    st.session_state[place.count] += 1


def release(given: Any) -> None:
    """Let the server forget a file that a browser sent; it would keep it until the page is closed."""
    context = get_script_run_ctx()
    if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, given.file_id)
