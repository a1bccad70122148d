"""Export of edits to a file and import from one; an import is previewed before anything is written."""

import re
import tempfile
from functools import partial
from pathlib import Path

import streamlit as st

from explorer.app import browser_identity, error_messages, screen_text
from explorer.app.components.blocks.blocks import draw
from explorer.app.components.data_table.data_table import draw_table
from explorer.app.components.take_along.take_along import Tabled, take_review
from explorer.runs.edits import actions, edit_log, edit_scope, exchange
from explorer.runs.edits.exchange import Diff
from explorer.runs.run import Run

# File format: the label of its button, and its media type.
FORMATS = {"csv": ("Download as CSV", "text/csv"), "jsonl": ("Download as JSON Lines", "application/jsonl")}
# The largest upload; 100,000 lines take about ten megabytes.
MOST_MEGABYTES = 20
# Lines of a file that the screen lists.
SHOWN = 200
# Left out where users have separate edits: the command line does not know which user is meant.
CLEANED_COPY = (
    "A cleaned copy of all pictures: `python -m explorer edit export --run {} --format folder --output FOLDER`"
)


@st.fragment
def draw_exchange(run: Run, name: str) -> None:
    """Draw the downloads of a run's decisions and the upload of a file of them."""
    with st.expander("Take your decisions along, or bring some in"):
        left, right = st.columns(2, gap="large")
        with left:
            for form, (label, kind) in FORMATS.items():
                st.download_button(
                    label,
                    data=partial(export_content, run, form, edit_scope.owner()),
                    file_name=f"edits-{name}.{form}",
                    mime=kind,
                    icon=":material/download:",
                    on_click="ignore",
                    key=f"export-{form}",
                )
            st.caption(
                browser_identity.sharing_sentence() + ("" if edit_scope.owner() else f" {CLEANED_COPY.format(name)}")
            )
            draw("take-edits", *take_review(Tabled("all decisions with files, authors and times", "edits")))
        with right, error_messages.show_errors():
            upload = st.file_uploader(
                "A file of decisions", type=list(FORMATS), max_upload_size=MOST_MEGABYTES, key="import"
            )
            if upload:
                _draw_import(run, preview_import(run, upload.name, upload.getvalue()))


def export_content(run: Run, form: str, owner: str = "") -> bytes:
    """Return the edits of ``owner`` in force as a file in one of :data:`FORMATS`; the download runs outside the page's session."""
    with tempfile.TemporaryDirectory() as folder, edit_scope.as_owner(owner):
        path = Path(folder) / f"edits.{form}"
        exchange.export_edits(run, path, form)
        return path.read_bytes()


def preview_import(run: Run, name: str, content: bytes) -> Diff:
    """Return what importing an uploaded file would change; ``name`` appears in messages only.

    Raises:
        ExplorerError: the file is no edit file.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / (re.sub(r"[^\w.-]", "_", name)[-60:].lstrip(".") or "edits")
        path.write_bytes(content)
        return exchange.compare_edits(run, path)


def import_sentence(diff: Diff) -> str:
    """Return what an import would change: ``2 edits would be added, …``."""
    parts = [
        f"{screen_text.counted(len(diff.added), 'decision')} would be added",
        f"{len(diff.already):,} are in force already",
        f"{len(diff.unmatched):,} cannot be used",
    ]
    return ", ".join(parts) + "."


def confirmed_replaced(run: Run, diff: Diff) -> list[int]:
    """Return the training images whose confirmed label an import would replace, by new label or exclusion."""
    changes = [edit.change for edit in diff.added if edit.change.action in ("relabel", "exclude")]
    rows = {run.train_index(change.row) for change in changes if change.side == "train"}
    return sorted(actions.confirmed(run, [row for row in rows if row is not None], edit_log.state(run.data_digest)))


def _draw_import(run: Run, diff: Diff) -> None:
    st.markdown(import_sentence(diff))
    if diff.added:
        lines = exchange.described(run, diff.added[:SHOWN])
        columns = ("side", "row", "label", "action", "value", "author")
        draw_table("What would be added", [{key: str(line[key]) for key in columns} for line in lines])
    replaced = confirmed_replaced(run, diff)
    if replaced:
        st.warning(f"These labels are confirmed and would be replaced: training {actions.named(replaced)}.")
    for line, why in diff.unmatched[:SHOWN]:
        st.caption(f"Line {line}: {screen_text.verbatim(why)}")
    if diff.added and st.button(
        f"Add {screen_text.counted(len(diff.added), 'decision')}", icon=":material/check:", key="apply"
    ):
        exchange.apply_edits(run, diff)
        st.rerun()
