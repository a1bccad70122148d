"""The offer of a long work: how long it takes, the button that starts it, and how far it is or whose turn is before it."""

import streamlit as st

from explorer.app.components.blocks.blocks import Block, draw
from explorer.app.components.job_progress import job_progress
from explorer.app.components.job_progress.awaited import awaited
from explorer.app.components.job_progress.turns import duration
from explorer.runs.work import durations


def draw_offer(
    label: str,
    icon: str,
    kind: str,
    name: str,
    *options: str,
    primary: bool = False,
    key: str = "",
    takes: str | None = "",
) -> None:
    """Draw how long a work takes, the button that starts it for a run, and its progress; pressed once, it is closed until that is over.

    Where the program computes it by itself, the button lets a person have it first.

    Args:
        label: of the button.
        icon: of the button.
        kind: of the work.
        name: of the run.
        options: words of the command beside the run.
        primary: whether it is what the page is for.
        key: of the button; made of its kind and run where it is empty.
        takes: how long it took elsewhere, said where nothing is known of this computer; None where :func:`promised` stands above.
    """
    key, words = key or f"offer-{kind}-{name}", job_progress.command(kind, name, *options)
    same = job_progress.pending(kind, name, *options)
    st.button(
        label,
        key=key,
        icon=icon,
        type="primary" if primary else "secondary",
        disabled=same is not None and not (same.background and same.state == "waiting"),
        on_click=job_progress.start_job,
        args=(kind, name, *options),
    )
    if takes is not None and (said := promised(kind, name, *options, takes=takes)):
        draw(f"{key}-takes", *said)
    job_progress.draw_jobs(kind, name, words=words if kind == "experiment" else ())


def promised(kind: str, name: str, *options: str, takes: str = "") -> list[Block]:
    """Return how long a work takes, as :func:`draw_offer` says it; nothing while it waits or runs.

    Where somebody else, or the program itself, begins it, the page shows that and then its result.
    """
    if job_progress.pending(kind, name, *options) is not None:
        return []
    seconds = durations.seconds(kind, name, job_progress.command(kind, name, *options))
    return [awaited(promise(seconds, takes), kind, name)]


def promise(seconds: float | None, elsewhere: str = "") -> str:
    """Return how long a work takes, in one sentence; "a few minutes" where nothing is known of it."""
    takes = (elsewhere or "a few minutes") if seconds is None else duration(seconds)
    return f"It takes {takes}, in the background; you can go on meanwhile."
