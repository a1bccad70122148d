"""The offer of a long work: the button that starts it, and below it how far it is or whose turn is before it."""

import streamlit as st

from explorer.app.components.job_progress import job_progress


def draw_offer(
    label: str, icon: str, kind: str, name: str, *options: str, primary: bool = False, key: str = ""
) -> None:
    """Draw the button that starts the command ``kind`` for a run, and its progress; pressed once, it is closed until that is over.

    Args:
        label: of the button.
        icon: of the button.
        kind: of the work.
        name: of the run.
        options: words of the command beside the run.
        primary: whether it is what the page is for.
        key: of the button; made of its kind and run where it is empty.
    """
    st.button(
        label,
        key=key or f"offer-{kind}-{name}",
        icon=icon,
        type="primary" if primary else "secondary",
        disabled=job_progress.pending(kind, name, *options) is not None,
        on_click=job_progress.start_job,
        args=(kind, name, *options),
    )
    job_progress.draw_jobs(kind, name)
