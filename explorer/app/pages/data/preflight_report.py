"""What a check found, what the build will take, and the button that starts it."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import streamlit as st

from explorer.app import backend, screen_text, urls
from explorer.app.components.blocks.blocks import Block, columns, draw, heading, small, table
from explorer.app.components.job_progress import job_progress
from explorer.app.pages.data import build_jobs
from explorer.core.errors import ExplorerError
from explorer.core.keyed_cache import keyed_cache
from explorer.runs import jobs
from explorer.runs.build import preflight_store, preflight_summary
from explorer.runs.edits import edit_scope
from explorer.runs.edits.exchange import neutral
from explorer.runs.store import run_folder

# Files that are left out: so many stand on the page, the report has all.
SHOWN = 50
TRUST = "--trust-code"


def shown() -> None:
    """Draw the check that the address asks for: how far it is, or what it found.

    Raises:
        ExplorerError: the address names what can be no check.
    """
    key = urls.param("check")
    if key is None:
        return
    found, job = _read(key, preflight_store.modified(key)), _job(key)
    if job is not None and job.state != "done":
        job_progress.draw_jobs("preflight", job.name, 1)
    elif found is None:
        st.info("Nothing is known of this check any more. Press Check to do it again.")
    if found is not None:
        _found(found)


@keyed_cache(1)
def _read(key: str, changed: int) -> dict[str, Any] | None:
    """Return what is kept of a check, read once: a million files that are left out have 100 MB."""
    return preflight_store.load(key)


def _job(key: str) -> jobs.Job | None:
    """Return the latest job that does, or did, this check."""
    mine = (job for job in jobs.jobs() if job.kind == "preflight" and job.argv)
    return next((job for job in mine if preflight_store.key_of(["build", *job.argv[1:]]) == key), None)


def _found(found: Mapping[str, Any]) -> None:
    data = found["data"]
    sides = table("Pictures of each class", ("Class", "Training", "Test"), preflight_summary.classes(found))
    remarks = [table("What else was found", (), preflight_summary.remarks(found))] if data["facts"] else []
    takes = table("What the build takes", (), preflight_summary.facts(found))
    notice = [small(data["notice"])] if data["notice"] else []
    left = [heading("What was found"), *notice, sides, *remarks]
    draw("found", columns((2, left), (3, [heading("What the build takes"), takes])))
    if data["skipped"]:
        draw(
            "skipped",
            heading(f"{screen_text.counted(len(data['skipped']), 'file')} left out"),
            *_skipped(data["skipped"]),
        )
    for said, show in ((found["warning"], st.warning), (found["refusal"], st.error)):
        if said:
            show(screen_text.verbatim(said))
    first, second, third = st.columns(3)
    with first:
        _start(found)
    with second:
        _download("Download report", partial(report, found), f"{found['run']}-report.json", "application/json")
    if data["skipped"]:
        with third:
            _download(
                "Files left out as CSV", partial(listed, data["skipped"]), f"{found['run']}-left-out.csv", "text/csv"
            )


def _skipped(skipped: list[dict[str, str]]) -> list[Block]:
    rows = [(one["file"], one["reason"]) for one in skipped[:SHOWN]]
    more = [small(f"The first {SHOWN}; the report has all.")] if len(skipped) > SHOWN else []
    return [table("Files that are left out", ("File", "Why"), rows), *more]


def _download(label: str, data: Callable[[], bytes], name: str, kind: str) -> None:
    st.download_button(label, data, name, kind, icon=":material/download:", on_click="ignore", width="stretch")


def report(found: Mapping[str, Any]) -> bytes:
    """Return what was found of the data, as a JSON file."""
    return json.dumps(found["data"], ensure_ascii=False, indent=1).encode()


def listed(skipped: list[dict[str, str]]) -> bytes:
    """Return the files that are left out as CSV; no spreadsheet computes a name."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(("file", "reason"))
    writer.writerows((neutral(one["file"]), neutral(one["reason"])) for one in skipped)
    return stream.getvalue().encode("utf-8-sig")


def _start(found: Mapping[str, Any]) -> None:
    if (run_folder(found["run_id"]) / "manifest.json").is_file():  # built by now, or before the check
        st.page_link(urls.PAGES["overview"], label="The run is there: open it", query_params={"run": found["run_id"]})
        return
    closed = bool(found["refusal"]) or job_progress.busy()
    options: dict[str, Any] = {"icon": ":material/play_arrow:", "type": "primary", "width": "stretch"}
    st.button("Start", key="start", disabled=closed, on_click=start, args=(found,), **options)


@job_progress.with_error_message
def start(found: Mapping[str, Any]) -> None:
    """Start the build that was checked."""
    if TRUST in found["words"]:  # a check from the command line; no page runs a file's code
        raise ExplorerError(
            f"This check was made with {TRUST}; start its build from the command line, where it was made."
        )
    if edit_scope.owner() and backend.runs().get(found["run"], "") not in ("", found["run_id"], found.get("named")):
        raise build_jobs.taken(found["run"])  # by somebody since the check
    if job_progress.may_start():
        jobs.start("build", found["run"], found["words"])
