"""Background jobs on a page: progress, time left, buttons to cancel and resume, and the link to the result."""

import functools
from collections.abc import Callable, Sequence
from typing import ParamSpec

import streamlit as st

from explorer.app import screen_text, urls
from explorer.app.components.chart.chart import draw_chart
from explorer.app.components.job_progress.kinds import result_page, result_state, run_words, title_of
from explorer.app.components.job_progress.turns import Turn, turns, waiting_sentence
from explorer.core.errors import ExplorerError
from explorer.figures.training_curve import loss_curve
from explorer.runs import jobs

P = ParamSpec("P")
# Seconds between two readings of the running jobs.
POLL_SECONDS = 0.5
STATES = {"done": "finished", "failed": "failed", "cancelled": "cancelled"}
SHOWN = 3


def pending(kind: str, name: str, *options: str) -> jobs.Job | None:
    """Return the work of a kind for a run that waits or runs, so that it is not offered again; None where there is none.

    Args:
        kind: of the work.
        name: of the run.
        options: words of its command beside the run; where there are any, no other work of the kind is meant.
    """
    found = [job for job in jobs.jobs() if (job.kind, job.name) == (kind, name) and job.state in jobs.ACTIVE]
    return next((job for job in found if not options or list(job.argv) == command(kind, name, *options)), None)


def command(kind: str, name: str, *options: str) -> list[str]:
    """Return the command line of the work ``kind`` for a run."""
    return [kind, "--run", name, *options]


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
    """Start the command ``kind`` for a run as a background job, or let it wait for its turn."""
    jobs.start(kind, name, command(kind, name, *options))


def draw_jobs(kind: str = "", name: str = "", most: int = SHOWN, words: Sequence[str] = ()) -> None:
    """Draw the latest jobs, of one kind and run where these are given; redrawn twice a second while one waits or runs.

    Args:
        kind: of the jobs; all kinds where it is empty.
        name: of the run; all runs where it is empty.
        most: so many are drawn.
        words: of the command; where there are any, only jobs of the same command are drawn.
    """
    open_ = _open(_latest(kind, name, most, words))
    st.fragment(_draw_jobs, run_every=POLL_SECONDS if open_ else None)(kind, name, most, words, open_)


def _latest(kind: str, name: str, most: int, words: Sequence[str]) -> list[jobs.Job]:
    """Return the latest jobs; a check, and what waits unasked, only where its kind is asked for, beside its result."""
    mine = [job for job in jobs.jobs() if (kind == job.kind if kind else _is_listed(job))]
    return [job for job in mine if name in ("", job.name) and (not words or list(words) == list(job.argv))][:most]


def _is_listed(job: jobs.Job) -> bool:
    return job.kind != "preflight" and not (job.background and job.state == "waiting")


def _open(shown: list[jobs.Job]) -> set[str]:
    """Return the jobs that wait or run."""
    return {job.id for job in shown if job.state in jobs.ACTIVE}


@with_error_message
def _draw_jobs(kind: str, name: str, most: int, words: Sequence[str], open_: set[str]) -> None:
    shown = _latest(kind, name, most, words)
    if open_ - _open(shown):  # one is over: the page shows its result
        st.rerun()
    order = turns(jobs.jobs())
    for place, job in enumerate(shown):
        latest = job.name not in [other.name for other in shown[:place] if other.kind == job.kind]
        _draw_job(job, latest, order.get(job.id))


def _draw_job(job: jobs.Job, latest: bool, turn: Turn | None) -> None:
    what = f"{title_of(job)}, {run_words(job.name)}"
    if job.state not in jobs.ACTIVE:
        _draw_ended(job, what, latest)
        return
    with st.container(border=True):
        _draw_active(job, what, turn)
        if job.curve:
            draw_chart(loss_curve(job.curve), f"curve-{job.id}")


def _draw_ended(job: jobs.Job, what: str, latest: bool) -> None:
    """Draw a job that is over as one line: how it ended, and the way to its result or on."""
    line, way = st.columns([5, 1], vertical_alignment="center")
    reason = f" {screen_text.verbatim(job.message)}" if job.state == "failed" else ""
    kept = " What was measured before stays." if job.state == "cancelled" and job.kind == "trust" else ""
    line.markdown(f"**{what}**: {STATES[job.state]}.{reason}{kept}{saved_progress(job)}")
    if latest and resumable(job):
        way.button("Resume", key=f"resume-{job.id}", icon=":material/play_arrow:", on_click=_resume, args=(job,))
    if job.state == "done":
        way.page_link(urls.PAGES[result_page(job.kind)], label="Open it", query_params=result_state(job))


def _draw_active(job: jobs.Job, what: str, turn: Turn | None) -> None:
    """Draw a job that waits or runs: its bar or its turn, and the button that cancels it."""
    by_itself = ", computed by itself" if job.background else ""
    if job.state == "running":
        left = f", {job.message}" if job.message else ""
        st.progress(job.share, text=f"{what}{by_itself}: {job.stage}, {screen_text.percent(job.share, 0)}{left}")
    elif turn is not None:
        st.markdown(f"**{what}**{by_itself or ' waits'}. {waiting_sentence(turn)}")
    st.button("Cancel", key=f"cancel-{job.id}", on_click=with_error_message(jobs.cancel), args=(job.id,))


def resumable(job: jobs.Job) -> bool:
    """Return whether a build was cancelled or failed after its first stage had begun."""
    begun = job.stage not in ("", "Starting")
    return bool(job.kind == "build" and job.argv and begun and job.state in ("cancelled", "failed"))


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
    jobs.resume(job)
