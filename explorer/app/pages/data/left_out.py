"""What is left out of data: folders and files, each with the reason, as a list and as CSV."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from explorer.app import screen_text
from explorer.app.components.blocks.blocks import Block, draw, heading, small, table
from explorer.datasets.assembly import LEFT_OUT
from explorer.runs.edits.exchange import neutral
from explorer.runs.run import Run

# Lines on the page; the file has all.
SHOWN = 50


# A folder or file that is left out, as a report has it: ``file``, ``reason`` and, but for older reports, ``pictures``. There may be a
# million, so they stay as they were read.
Gone = Sequence[Mapping[str, Any]]


def of_report(report: Mapping[str, Any]) -> Gone:
    """Return what a check found to be left out; older reports have files only."""
    data = report["data"]
    gone: Gone = data.get("left_out", data["skipped"])
    return gone


def blocks(gone: Gone) -> list[Block]:
    """Return the heading that counts what is left out, and the list."""
    pictures = sum(one.get("pictures", 1) for one in gone)
    more = [small(f"The first {SHOWN} of {len(gone):,}; the CSV has all.")] if len(gone) > SHOWN else []
    rows = [(one["file"], one["reason"], f"{one.get('pictures', 1):,}") for one in gone[:SHOWN]]
    return [
        heading(f"Left out: {screen_text.counted(pictures, 'file')}"),
        table("Files that are left out", ("Folder or file", "Why", "Files"), rows),
        *more,
    ]


def draw_left_out(run: Run) -> None:
    """Draw what was left out of a run's data."""
    every, folders = (*run.dataset.left_out, *run.dataset.skipped), run.manifest.facts.get(LEFT_OUT)
    gone = [{"file": one.file, "reason": one.reason, "pictures": one.pictures} for one in every]
    draw(
        "left-out",
        heading("Left out of this run's data"),
        *([small(f"Folders beside those of the split: {folders}.")] if folders else []),
        *(blocks(gone)[1:] if gone else []),
    )
    if gone:
        draw_csv(gone, run.id)


def draw_csv(gone: Gone, name: str) -> None:
    """Draw the button that downloads the whole list."""
    draw_download("What is left out, as CSV", partial(as_csv, gone), f"{name}-left-out.csv", "text/csv")


def draw_download(label: str, data: Callable[[], bytes], name: str, kind: str) -> None:
    """Draw a button that downloads what ``data`` returns."""
    st.download_button(label, data, name, kind, icon=":material/download:", on_click="ignore", width="stretch")


def as_csv(gone: Gone) -> bytes:
    """Return the list as CSV with columns file, reason and files; names are escaped so that no spreadsheet evaluates them."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(("file", "reason", "files"))
    writer.writerows((neutral(one["file"]), neutral(one["reason"]), one.get("pictures", 1)) for one in gone)
    return stream.getvalue().encode("utf-8-sig")
