"""The report of a check: the data it read, what the build will cost, and the button that starts the build."""

import json
from collections.abc import Mapping
from functools import partial
from itertools import pairwise
from typing import Any

import streamlit as st

from explorer.app import backend, screen_text, urls
from explorer.app.components.blocks.blocks import Block, columns, draw, heading, small, table
from explorer.app.components.job_progress import job_progress
from explorer.app.pages.data import build_jobs, class_list, doubts, left_out, reading_choices
from explorer.app.pages.data.page_words import on_page
from explorer.core.errors import ExplorerError
from explorer.core.keyed_cache import keyed_cache
from explorer.datasets import uploads
from explorer.runs import jobs
from explorer.runs.build import preflight_store, preflight_summary
from explorer.runs.edits import edit_scope
from explorer.runs.store import run_folder

TRUST_OPTION = "--trust-code"
# What the form asks for, by the names that the command line has for it.
NUMBERS = ("limit", "seed", "noise-seed", "size", "white")
FRACTIONS = ("crop",)
PREPARATION = ("preparation", "resize", "interpolation", "orientation", "background", "range", "colours")
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
    "classes",
    "weights-set",
)


def draw_check() -> None:
    """Draw the check in the address: why it failed, or its report.

    Raises:
        ExplorerError: ``check`` in the address is no key of a check.
    """
    key = urls.param("check")
    if key is None:
        return
    report, job = _cached_report(key, preflight_store.modified(key)), _job(key)
    if job is not None and job.state == "failed":
        _draw_failure(key, job.message)
    elif report is None and (job is None or not job.active):  # the list of all work, right below, has its bar
        st.info("Nothing is known of this check any more. Press Check to do it again.")
    if report is not None:
        _draw_report(key, report)


def _draw_failure(key: str, message: str) -> None:
    """Draw why a check failed; where a choice makes the data readable, what there is to choose in place of the options."""
    offers = preflight_store.load_offers(key)
    said = f"{message.partition(';')[0]}; choose below." if offers and "--read" in message else message
    st.error(screen_text.verbatim(on_page(said)), icon=":material/error:")
    dataset = str(checked_request().get("dataset", ""))
    reading_choices.draw_choices(key, offers, dataset, True, reading_choices.NEEDED)


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


def _draw_report(key: str, report: Mapping[str, Any]) -> None:
    draw("found", columns((3, _found(key, report)), (2, _costs(report))))
    gone = left_out.of_report(report)
    if gone:
        draw("skipped", *left_out.blocks(gone))
    offers = report["data"].get("choices", ())
    taken = doubts.draw_doubts(key, report, bool(offers))
    reading_choices.draw_choices(key, offers, report["data"]["dataset"], bool(doubts.of_report(report)))
    refusal = report["refusal"] if not doubts.of_report(report) else report["refusal_as_read"]
    doubt = preflight_summary.network_doubt(report)
    for message, show in ((doubt, st.warning), (report["warning"], st.warning), (refusal, st.error)):
        if message:
            show(screen_text.verbatim(on_page(message)))
    first, second, third = st.columns(3)
    with first:
        _draw_start_button(report, taken and not refusal)
    with second:
        left_out.draw_download(
            "Download report", partial(report_json, report), f"{report['run']}-report.json", "application/json"
        )
    if gone:
        with third:
            left_out.draw_csv(gone, report["run"])


def _found(key: str, report: Mapping[str, Any]) -> list[Block]:
    """Return how the data were understood: layout, sides, classes with pictures, and what else was seen."""
    data, rows, more = report["data"], preflight_summary.reading(report), preflight_summary.remarks(report)
    return [
        heading("What was found"),
        *([small(on_page(data["notice"]))] if data["notice"] else []),
        *([table("How the data were understood", (), rows)] if rows else []),
        class_list.classes_block(key, report),
        *([table("What else was found", (), more)] if more else []),
    ]


def _costs(report: Mapping[str, Any]) -> list[Block]:
    return [heading("What the build takes"), table("What the build takes", (), readable_facts(report))]


def readable_facts(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the facts of a report as a screen shows them: an upload by its name, no digest in its whole length."""
    dataset = str(report["data"]["dataset"])
    shown = {dataset: uploads.public_name(dataset)}
    return [
        (name, screen_text.short(shown.get(words, on_page(words)))) for name, words in preflight_summary.facts(report)
    ]


def report_json(report: Mapping[str, Any]) -> bytes:
    """Return the report on the data as indented UTF-8 JSON."""
    return json.dumps(report["data"], ensure_ascii=False, indent=1).encode()


def _draw_start_button(report: Mapping[str, Any], open_: bool) -> None:
    """Draw the button that starts the build; where the reading waits for a person's yes, say so below it."""
    if (run_folder(report["run_id"]) / "manifest.json").is_file():  # built by now, or before the check
        st.page_link(
            urls.PAGES["overview"],
            label="The run is there: open it",
            icon=":material/arrow_forward:",
            query_params={"run": report["run_id"]},
        )
        return
    closed = not open_ or job_progress.pending("build", report["run"]) is not None
    options: dict[str, Any] = {"icon": ":material/play_arrow:", "type": "primary", "width": "stretch"}
    st.button("Start", key="start", disabled=closed, on_click=start_checked_build, args=(report,), **options)


@job_progress.with_error_message
def start_checked_build(report: Mapping[str, Any]) -> None:
    """Start the build of a checked request; it takes the data as they were read.

    Raises:
        ExplorerError: the request trusts code, or another run has its name.
    """
    if TRUST_OPTION in report["words"]:  # a check from the command line; no page runs a file's code
        raise ExplorerError(
            f"This check was made with {TRUST_OPTION}; start its build from the command line, where it was made."
        )
    if edit_scope.owner() and backend.runs().get(report["run"], "") not in ("", report["run_id"], report.get("named")):
        raise build_jobs.name_taken_error(report["run"])  # by somebody since the check
    jobs.start("build", report["run"], preflight_summary.confirmed(report))
