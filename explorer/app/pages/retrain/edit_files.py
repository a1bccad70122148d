"""Edits taken along as a file, or brought in from one: what a file would change is shown before anything is written."""

import re
import tempfile
from functools import partial
from pathlib import Path

import streamlit as st

from explorer.app import browser_identity, error_messages, screen_text
from explorer.app.components.data_table.data_table import draw_table
from explorer.runs.edits import edit_log, edit_scope, exchange
from explorer.runs.edits.exchange import Diff
from explorer.runs.run import Run

# Form of the file: what the button says, and its type.
FORMS = {"csv": ("Download as CSV", "text/csv"), "jsonl": ("Download as JSON Lines", "application/jsonl")}
# Megabytes of a file of edits: 100,000 lines take about ten.
LARGEST = 20
# Lines of a file that the screen lists.
SHOWN = 200
# Left out where people are kept apart: the command line does not know whose edits are meant.
COPY = "A cleaned copy of all pictures: `python -m explorer edit export --run {} --format folder --output FOLDER`"


@st.fragment
def exchanged(run: Run, name: str) -> None:
    """Draw the downloads of a run's edits and the upload of others."""
    with st.expander("Take your edits along, or bring some in"):
        left, right = st.columns(2, gap="large")
        with left:
            for form, (label, kind) in FORMS.items():
                st.download_button(
                    label,
                    data=partial(exported, run, form, edit_scope.owner()),
                    file_name=f"edits-{name}.{form}",
                    mime=kind,
                    icon=":material/download:",
                    on_click="ignore",
                    key=f"export-{form}",
                )
            st.caption(browser_identity.sharing_sentence() + ("" if edit_scope.owner() else f" {COPY.format(name)}"))
            _list(run)
        with right, error_messages.show_errors():
            given = st.file_uploader("A file of edits", type=list(FORMS), max_upload_size=LARGEST, key="import")
            if given:
                _import(run, compared(run, given.name, given.getvalue()))


def _list(run: Run) -> None:
    lines = exchange.described(run, edit_log.live(run.data_digest)[: -SHOWN - 1 : -1])
    if lines:
        seen = ("time", "author", "side", "row", "action", "value")
        draw_table("The latest edits", [{key: str(line[key]) for key in seen} for line in lines])


def exported(run: Run, form: str, owner: str = "") -> bytes:
    """Return the edits in force as a file of one of :data:`FORMS`; a click asks for it outside the page's own run."""
    with tempfile.TemporaryDirectory() as folder, edit_scope.as_owner(owner):
        path = Path(folder) / f"edits.{form}"
        exchange.export_edits(run, path, form)
        return path.read_bytes()


def compared(run: Run, name: str, content: bytes) -> Diff:
    """Return what importing an uploaded file would do; the browser's name for it is used in sentences only.

    Raises:
        ExplorerError: it is no file of edits.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / (re.sub(r"[^\w.-]", "_", name)[-60:].lstrip(".") or "edits")
        path.write_bytes(content)
        return exchange.compare_edits(run, path)


def sentence(diff: Diff) -> str:
    """Return what a file would do, in words."""
    parts = [
        f"{screen_text.counted(len(diff.added), 'edit')} would be added",
        f"{len(diff.already):,} are in force already",
        f"{len(diff.unmatched):,} cannot be used",
    ]
    return ", ".join(parts) + "."


def _import(run: Run, diff: Diff) -> None:
    st.markdown(sentence(diff))
    if diff.added:
        lines = exchange.described(run, diff.added[:SHOWN])
        seen = ("side", "row", "label", "action", "value", "author")
        draw_table("What would be added", [{key: str(line[key]) for key in seen} for line in lines])
    for line, why in diff.unmatched[:SHOWN]:
        st.caption(f"Line {line}: {screen_text.verbatim(why)}")
    if diff.added and st.button(
        f"Add {screen_text.counted(len(diff.added), 'edit')}", icon=":material/check:", key="apply"
    ):
        exchange.apply_edits(run, diff)
        st.rerun()
