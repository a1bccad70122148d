"""Background jobs on a page: progress, time left, buttons to cancel and resume, and the link to the result."""

import functools
from collections.abc import Callable, Sequence
from typing import ParamSpec

import streamlit as st

from explorer.app import screen_text, urls
from explorer.app.components.chart.chart import draw_chart
from explorer.app.components.job_progress.kinds import command, result_page, result_state, run_words, title_of
from explorer.app.components.job_progress.turns import Turn, short_sentence, turns, waiting_sentence
from explorer.core.errors import ExplorerError
from explorer.figures.training_curve import loss_curve
from explorer.runs import jobs

P = ParamSpec("P")
# Seconds between two readings of the running jobs.
POLL_SECONDS = 0.5
STATES = {"done": "finished", "failed": "failed", "cancelled": "cancelled"}
SHOWN = 3
# How a job that waits is moved: the words of the buttons, and what they do.
MOVES = {"first": "First", "up": "↑", "down": "↓"}
HELP = {"first": "Let it be the next", "up": "One place sooner", "down": "One place later"}


def pending(kind: str, name: str, *options: str) -> jobs.Job | None:
    """Return the work of a kind for a run that waits or runs, so that it is not offered again; None where there is none.

    Args:
        kind: of the work.
        name: of the run.
        options: words of its command beside the run; where there are any, no other work of the kind is meant.
    """
    found = [job for job in jobs.jobs() if (job.kind, job.name) == (kind, name) and job.state in jobs.ACTIVE]
    return next((job for job in found if not options or list(job.argv) == command(kind, name, *options)), None)


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
        most: so many of those that are over are drawn.
        words: of the command; where there are any, only jobs of the same command are drawn.
    """
    shown = _latest(kind, name, most, words)
    if kind and not shown:
        return  # most pages: nothing is drawn again without a reason
    open_ = _open(shown)
    st.fragment(_draw_jobs, run_every=POLL_SECONDS if open_ else None)(kind, name, most, words, open_)


def _latest(kind: str, name: str, most: int, words: Sequence[str]) -> list[jobs.Job]:
    """Return the jobs that run and wait, in their order, then the latest that are over.

    Where no kind is asked for, checks that are over are left out, and what waits unasked. Beside a result, a job that was
    cancelled says nothing about it.
    """
    listed = jobs.jobs()
    mine = [job for job in listed if kind in ("", job.kind) and name in ("", job.name)]
    mine = [job for job in mine if not words or list(words) == list(job.argv)]
    over = [job for job in mine if not job.active and _is_told(job, beside=bool(kind))]
    queue = [turn.job for turn in turns(listed).values() if turn.job in mine and (kind or not _is_unasked(turn.job))]
    return queue + over[:most]


def _is_unasked(job: jobs.Job) -> bool:
    """Return whether a job waits that nobody asked for; a list of all works only counts those."""
    return job.background and job.state == "waiting"


def _is_told(job: jobs.Job, beside: bool) -> bool:
    """Return whether a job that is over is worth a line; ``beside``: where its result stands."""
    if beside:
        return job.state != "cancelled" or resumable(job)
    return job.kind != "preflight"


def _open(shown: list[jobs.Job]) -> set[str]:
    """Return the jobs that wait or run."""
    return {job.id for job in shown if job.state in jobs.ACTIVE}


@with_error_message
def _draw_jobs(kind: str, name: str, most: int, words: Sequence[str], open_: set[str]) -> None:
    shown = _latest(kind, name, most, words)
    if open_ - _open(shown):  # one is over: the page shows its result
        st.rerun()
    listed = jobs.jobs()
    order = turns(listed)
    if not kind and (unasked := sum(map(_is_unasked, listed))):
        st.caption(
            f"{screen_text.counted(unasked, 'work')} that the program does by itself: whatever you start goes first."
        )
    for place, job in enumerate(shown):
        latest = job.name not in [other.name for other in shown[:place] if other.kind == job.kind]
        _draw_job(job, latest, order.get(job.id), among_all=not kind)


def _draw_job(job: jobs.Job, latest: bool, turn: Turn | None, among_all: bool) -> None:
    what = f"{title_of(job)}, {run_words(job.name)}"
    if job.state not in jobs.ACTIVE:
        _draw_ended(job, what, latest)
        return
    _draw_active(job, what, turn, among_all)
    if job.curve:
        draw_chart(loss_curve(job.curve), f"curve-{job.id}")


def _draw_ended(job: jobs.Job, what: str, latest: bool) -> None:
    """Draw a job that is over as one line: how it ended, and the way to its result or on."""
    line, way = st.columns([5, 1], vertical_alignment="center")
    reason = f" {screen_text.verbatim(job.message)}" if job.state == "failed" else ""
    kept = (
        " What was measured before stays." if job.state == "cancelled" and job.kind in ("trust", "whole-trust") else ""
    )
    line.markdown(f"**{what}**: {STATES[job.state]}.{reason}{kept}{saved_progress(job)}")
    if latest and resumable(job):
        way.button("Resume", key=f"resume-{job.id}", icon=":material/play_arrow:", on_click=_resume, args=(job,))
    if job.state == "done":
        way.page_link(urls.PAGES[result_page(job.kind)], label="Open it", query_params=result_state(job))


def _draw_active(job: jobs.Job, what: str, turn: Turn | None, among_all: bool) -> None:
    """Draw a job that waits or runs as one row: its bar or its turn, and the buttons that move and cancel it."""
    by_itself = ", computed by itself" if job.background else ""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"row-{job.id}"):
        if job.state == "running":
            left = f", {job.message}" if job.message else ""
            st.progress(job.share, text=f"{what}{by_itself}: {job.stage}, {job.share:.0%}{left}")
        elif turn is not None:
            waits = f"**{what}**{by_itself or ' waits'}. {waiting_sentence(turn)}"
            st.markdown(f"**{what}**: {short_sentence(turn)}" if among_all else waits, width="stretch")
            _draw_moves(job, what, turn)
        st.button(
            "Cancel",
            key=f"cancel-{job.id}",
            help=f"Cancel: {what}",
            on_click=with_error_message(jobs.cancel),
            args=(job.id,),
        )


def _draw_moves(job: jobs.Job, what: str, turn: Turn) -> None:
    """Draw the buttons that move a job that waits; those that would change nothing are closed."""
    ends = {"first": turn.is_first, "up": turn.is_first, "down": turn.is_last}
    if turn.is_first and turn.is_last:
        return
    for way, label in MOVES.items():
        st.button(
            label,
            key=f"{way}-{job.id}",
            help=f"{HELP[way]}: {what}",
            disabled=ends[way],
            on_click=with_error_message(jobs.move),
            args=(job.id, way),
        )


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
