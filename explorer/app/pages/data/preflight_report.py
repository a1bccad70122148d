"""The report of a check: the data it read, what the build will cost, and the button that starts the build."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import streamlit as st

from explorer.app import backend, screen_text, urls
from explorer.app.components.blocks.blocks import Block, columns, draw, heading, small, table
from explorer.app.components.job_progress import job_progress
from explorer.app.pages.data import build_jobs
from explorer.core.errors import ExplorerError
from explorer.core.keyed_cache import keyed_cache
from explorer.datasets import uploads
from explorer.datasets.assembly import LEFT_OUT
from explorer.runs import jobs
from explorer.runs.build import preflight_store, preflight_summary
from explorer.runs.edits import edit_scope
from explorer.runs.edits.exchange import neutral
from explorer.runs.run import Run
from explorer.runs.store import run_folder

# Skipped files listed on the page; the report has all.
SHOWN = 50
TRUST_OPTION = "--trust-code"
# What the form asks for, by the names that the command line has for it.
NUMBERS = ("limit", "seed", "noise-seed", "size", "white")
FRACTIONS = ("crop",)
PREPARATION = ("preparation", "resize", "interpolation", "orientation", "background", "range")
OPTIONS = (
    *NUMBERS,
    *FRACTIONS,
    *PREPARATION,
    "dataset",
    "backbone",
    "run",
    "noise",
    "checkpoint",
    "layer",
    "mean",
    "std",
)


def draw_check() -> None:
    """Draw the check in the address: its progress, or its report.

    Raises:
        ExplorerError: ``check`` in the address is no key of a check.
    """
    key = urls.param("check")
    if key is None:
        return
    report, job = _cached_report(key, preflight_store.modified(key)), _job(key)
    if job is not None and job.state != "done":
        job_progress.draw_jobs("preflight", job.name, 1)
    elif report is None:
        st.info("Nothing is known of this check any more. Press Check to do it again.")
    if report is not None:
        _draw_report(report)


@keyed_cache(1)
def _cached_report(key: str, changed: int) -> dict[str, Any] | None:
    """Return the stored report of a check; cached, because a million skipped files make 100 MB."""
    return preflight_store.load(key)


def checked_request() -> dict[str, str | float]:
    """Return the request of the check in the address by the names of its options; nothing where there is no such check."""
    key = urls.param("check")
    if key is None or not preflight_store.NAME.fullmatch(key):
        return {}
    report, job = _cached_report(key, preflight_store.modified(key)), _job(key)
    words = report["words"] if report is not None else job.argv if job is not None else ()
    pairs = [
        (name[2:], value) for name, value in pairwise(words) if name.startswith("--") and not value.startswith("--")
    ]
    return {name: _typed(name, value) for name, value in pairs if name in OPTIONS}


def _typed(option: str, value: str) -> str | float:
    if option in FRACTIONS:
        return float(value)
    return int(value) if option in NUMBERS else value


def _job(key: str) -> jobs.Job | None:
    """Return the latest job of this check, running or finished."""
    mine = (job for job in jobs.jobs() if job.kind == "preflight" and job.argv)
    return next((job for job in mine if preflight_store.key_of(["build", *job.argv[1:]]) == key), None)


def _draw_report(report: Mapping[str, Any]) -> None:
    data = report["data"]
    sides = table("Pictures of each class", ("Class", "Training", "Test"), preflight_summary.classes(report))
    remarks = [table("What else was found", (), preflight_summary.remarks(report))] if data["facts"] else []
    costs = table("What the build takes", (), readable_facts(report))
    notice = [small(data["notice"])] if data["notice"] else []
    left = [heading("What was found"), *notice, sides, *remarks]
    draw("found", columns((2, left), (3, [heading("What the build takes"), costs])))
    if data["skipped"]:
        draw(
            "skipped",
            heading(f"{screen_text.counted(len(data['skipped']), 'file')} left out"),
            *_skipped_blocks(data["skipped"]),
        )
    for message, show in ((report["warning"], st.warning), (report["refusal"], st.error)):
        if message:
            show(screen_text.verbatim(message))
    first, second, third = st.columns(3)
    with first:
        _draw_start_button(report)
    with second:
        _draw_download(
            "Download report", partial(report_json, report), f"{report['run']}-report.json", "application/json"
        )
    if data["skipped"]:
        with third:
            _draw_download(
                "Files left out as CSV",
                partial(skipped_csv, data["skipped"]),
                f"{report['run']}-left-out.csv",
                "text/csv",
            )


def draw_left_out(run: Run) -> None:
    """Draw the files that were left out of a run's data, each with the reason."""
    skipped = [{"file": one.file, "reason": one.reason} for one in run.dataset.skipped]
    folders = run.manifest.facts.get(LEFT_OUT)
    draw(
        "left-out",
        heading("Left out of this run's data"),
        *([small(f"Folders beside those of the split: {folders}.")] if folders else []),
        *(_skipped_blocks(skipped) if skipped else []),
    )
    if skipped:
        _draw_download("Files left out as CSV", partial(skipped_csv, skipped), f"{run.id}-left-out.csv", "text/csv")


def readable_facts(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the facts of a report as a screen shows them: an upload by its name, no digest in its whole length."""
    dataset = str(report["data"]["dataset"])
    shown = {dataset: uploads.given_name(Path(dataset)) or dataset}
    return [(name, screen_text.short(shown.get(words, words))) for name, words in preflight_summary.facts(report)]


def _skipped_blocks(skipped: list[dict[str, str]]) -> list[Block]:
    rows = [(one["file"], one["reason"]) for one in skipped[:SHOWN]]
    more = [small(f"The first {SHOWN}; the report has all.")] if len(skipped) > SHOWN else []
    return [table("Files that are left out", ("File", "Why"), rows), *more]


def _draw_download(label: str, data: Callable[[], bytes], name: str, kind: str) -> None:
    st.download_button(label, data, name, kind, icon=":material/download:", on_click="ignore", width="stretch")


def report_json(report: Mapping[str, Any]) -> bytes:
    """Return the report on the data as indented UTF-8 JSON."""
    return json.dumps(report["data"], ensure_ascii=False, indent=1).encode()


def skipped_csv(skipped: list[dict[str, str]]) -> bytes:
    """Return the skipped files as CSV with columns file and reason; names are escaped so that no spreadsheet evaluates them."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(("file", "reason"))
    writer.writerows((neutral(one["file"]), neutral(one["reason"])) for one in skipped)
    return stream.getvalue().encode("utf-8-sig")


def _draw_start_button(report: Mapping[str, Any]) -> None:
    if (run_folder(report["run_id"]) / "manifest.json").is_file():  # built by now, or before the check
        st.page_link(urls.PAGES["overview"], label="The run is there: open it", query_params={"run": report["run_id"]})
        return
    closed = bool(report["refusal"]) or job_progress.pending("build", report["run"]) is not None
    options: dict[str, Any] = {"icon": ":material/play_arrow:", "type": "primary", "width": "stretch"}
    st.button("Start", key="start", disabled=closed, on_click=start_checked_build, args=(report,), **options)


@job_progress.with_error_message
def start_checked_build(report: Mapping[str, Any]) -> None:
    """Start the build of a checked request.

    Raises:
        ExplorerError: the request trusts code, or another run has its name.
    """
    if TRUST_OPTION in report["words"]:  # a check from the command line; no page runs a file's code
        raise ExplorerError(
            f"This check was made with {TRUST_OPTION}; start its build from the command line, where it was made."
        )
    if edit_scope.owner() and backend.runs().get(report["run"], "") not in ("", report["run_id"], report.get("named")):
        raise build_jobs.name_taken_error(report["run"])  # by somebody since the check
    jobs.start("build", report["run"], report["words"])
