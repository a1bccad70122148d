"""Drop zones for files: a dropped file is stored at once, and the field beside it names it as the browser did."""

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

ROOT = "The paths in the file lie below this folder, on the computer where this program runs, and never leave it."


@dataclass(frozen=True)
class DropZone:
    """A place where a file is dropped.

    Attributes:
        field: the key of the field beside it, in which a path may be typed too.
        label: what may be dropped.
        endings: of the names of files that can be read.
        store: stores a stream of this name, with the folder of a list's pictures, and returns its path.
        idle: the sentence that stands there before a file is dropped.
    """

    field: str
    label: str
    endings: Sequence[str]
    store: Callable[..., Path]
    idle: str

    @property
    def message_key(self) -> str:
        """Key in the session of the message about the last file."""
        return f"{self.field}-said"

    @property
    def shown_key(self) -> str:
        """Key in the session of the name that stands for a stored file in the field, and of its path."""
        return f"{self.field}-shown"

    @property
    def count_key(self) -> str:
        """Key in the session of the number of dropped files: after each, the upload field is a new one and so empty."""
        return f"{self.field}-count"


def given_path(zone: DropZone) -> str:
    """Return what the field beside a drop zone means: the path of the dropped file that it names, else what was typed."""
    typed = str(st.session_state.get(zone.field) or "")
    shown, path = st.session_state.get(zone.shown_key, ("", ""))
    return path if typed and typed == shown else typed


def show_path(zone: DropZone, path: str) -> None:
    """Let the field beside a drop zone mean this path; an upload is called as the browser called it."""
    shown = uploads.given_name(Path(path)) or path
    st.session_state[zone.field], st.session_state[zone.shown_key] = shown, (shown, path)


def draw_drop_zone(zone: DropZone) -> None:
    """Draw a drop zone, and for a list of labels the field for the folder of its pictures."""
    key = f"{zone.field}-{st.session_state.setdefault(zone.count_key, 0)}"
    given = st.file_uploader(
        zone.label,
        # a file browser knows no endings of two parts
        type=[ending.rpartition(".")[2] for ending in zone.endings],
        max_upload_size=uploads.MOST_MEGABYTES,
        key=key,
        on_change=_dropped,
        args=(zone, key),
    )
    if given:
        root = st.text_input("Folder of its pictures", key=f"{key}-root", help=ROOT)
        st.button("Use this file", on_click=_take, args=(zone, given, root), disabled=not root.strip())
    st.caption(st.session_state.get(zone.message_key, zone.idle))


def _dropped(zone: DropZone, key: str) -> None:
    """Store a dropped file; a list of labels waits for the folder of its pictures."""
    given = st.session_state.get(key)
    st.session_state.pop(zone.message_key, None)
    if given and not given.name.lower().endswith(uploads.POINTING):
        _take(zone, given)


def _take(zone: DropZone, given: Any, *root: str) -> None:
    """Store a file and put its path into the field; the upload's memory is freed, whatever happens."""
    try:
        show_path(zone, str(zone.store(given, given.name, *root)))
        message = f"{screen_text.verbatim(given.name)} ({megabytes(given.size)}) is stored and used."
    except ExplorerError as error:
        message = f":material/error: {screen_text.verbatim(str(error))}"
    finally:
        release(given)
    st.session_state[zone.message_key] = message
    st.session_state[zone.count_key] += 1


def release(given: Any) -> None:
    """Free the memory of an uploaded file, which Streamlit would hold until the page is closed."""
    context = get_script_run_ctx()
    if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, given.file_id)
