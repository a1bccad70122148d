"""Background jobs on a page: progress, time left, buttons to cancel and resume, and the link to the result."""

import functools
from collections.abc import Callable
from typing import ParamSpec

import streamlit as st

from explorer.app import screen_text, urls
from explorer.core.errors import ExplorerError
from explorer.figures.training_curve import loss_curve
from explorer.runs import jobs

P = ParamSpec("P")
# Seconds between two readings of the running jobs.
POLL_SECONDS = 0.5
STATES = {"done": "finished", "failed": "failed", "cancelled": "cancelled"}
# What each kind of job is called, and the page where its result stands.
KINDS = {
    "build": ("Build", "overview"),
    "preflight": ("Check", "data"),
    "trust": ("Trust report", "trust"),
    "map": ("Map", "map"),
    "audit": ("Audit", "suspects"),
    "cleaning": ("Cleaning curve", "suspects"),
    "groups": ("Groups", "suspects"),
    "duplicates": ("Duplicates", "suspects"),
    "retrain": ("Training from scratch", "explain"),
    "repair": ("Repair", "learn"),
    "experiment": ("Experiment", "learn"),
}
# Which state of that page shows the result, where it is not the first.
RESULT_STATES = {
    "map": {"projection": "tsne"},
    "cleaning": {"view": "cleaning"},
    "groups": {"view": "groups"},
    "duplicates": {"view": "duplicates"},
    "repair": {"step": "7"},
    "experiment": {"view": "experiments"},
}
SHOWN = 3


def busy() -> bool:
    """Return whether a job is running."""
    return any(job.state == "running" for job in jobs.jobs())


def may_start() -> bool:
    """Return whether a job may start; where another one is running, show that."""
    if busy():
        st.warning("One work at a time: wait for the one that runs, or cancel it on Data and models.")
        return False
    return True


def with_error_message(click: Callable[P, None]) -> Callable[P, None]:
    """Decorator for callbacks and fragments, which run outside the page: show the message of an error."""

    @functools.wraps(click)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            click(*args, **kwargs)
        except ExplorerError as error:
            st.error(screen_text.verbatim(str(error)))

    return guarded


@with_error_message
def start_job(kind: str, name: str, *options: str) -> None:
    """Start the command ``kind`` for a run as a background job, unless another one is running."""
    if may_start():
        jobs.start(kind, name, [kind, "--run", name, *options])


def draw_jobs(kind: str = "", name: str = "", most: int = SHOWN) -> None:
    """Draw the latest jobs, of one kind and run where these are given; redrawn twice a second while one is running."""
    running = any(job.state == "running" for job in _latest(kind, name, most))
    st.fragment(_draw_jobs, run_every=POLL_SECONDS if running else None)(kind, name, most, running)


def _latest(kind: str, name: str, most: int) -> list[jobs.Job]:
    """Return the latest jobs; a preflight check only where its kind is asked for, beside its result."""
    mine = [job for job in jobs.jobs() if (kind == job.kind if kind else job.kind != "preflight")]
    return [job for job in mine if name in ("", job.name)][:most]


@with_error_message
def _draw_jobs(kind: str, name: str, most: int, running: bool) -> None:
    shown = _latest(kind, name, most)
    if running and not any(job.state == "running" for job in shown):
        st.rerun()
    for place, job in enumerate(shown):
        _draw_job(job, job.name not in [other.name for other in shown[:place] if other.kind == job.kind])


def _draw_job(job: jobs.Job, latest: bool) -> None:
    title, page = KINDS[job.kind]
    with st.container(border=True):
        if job.state == "running":
            left = f", {job.message}" if job.message else ""
            st.progress(job.share, text=f"{title}, {job.name}: {job.stage}, {job.share:.0%}{left}")
            st.button("Cancel", key=f"cancel-{job.id}", on_click=with_error_message(jobs.cancel), args=(job.id,))
        else:
            reason = f" {screen_text.verbatim(job.message)}" if job.state == "failed" else ""
            st.markdown(f"**{title}, {job.name}**: {STATES[job.state]}.{reason}{saved_progress(job)}")
            if latest and resumable(job):
                st.button("Resume", key=f"resume-{job.id}", icon=":material/play_arrow:", on_click=_resume, args=(job,))
        if job.state == "done":
            state = {"run": job.name} | RESULT_STATES.get(job.kind, {})
            st.page_link(urls.PAGES[page], label="Open it", query_params=state)
        if job.curve:
            st.plotly_chart(loss_curve(job.curve), key=f"curve-{job.id}", config={"displayModeBar": False})


def resumable(job: jobs.Job) -> bool:
    """Return whether a build was cancelled or failed after its first stage had begun."""
    return bool(job.kind == "build" and job.argv and job.stage != "Starting" and job.state in ("cancelled", "failed"))


def saved_progress(job: jobs.Job) -> str:
    """Return the sentence on how much of a stopped build is stored and will be used when it resumes."""
    if not resumable(job):
        return ""
    if job.stage.startswith("Features"):
        return f" {job.stage}: {job.done:,.0f} of {job.total:,.0f} are done and kept."
    if job.stage.startswith("Training"):
        return f" {job.stage}: {int(job.done)} of {job.total:.0f} epochs are done and kept."
    return f" It had got to: {job.stage}."


@with_error_message
def _resume(job: jobs.Job) -> None:
    if may_start():
        jobs.resume(job)
