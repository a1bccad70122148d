"""Work in the background as a person sees it: how far it is, how long it takes, and a button that stops it."""

import streamlit as st

from explorer.figures.training import loss_curve
from explorer.runs import jobs
from explorer.ui import links, words

# Seconds between two looks at the running jobs.
LOOK_SECONDS = 0.5
STATES = {"done": "finished", "failed": "failed", "cancelled": "cancelled"}
# What each kind of job is called, and the page where its result stands.
KINDS = {
    "build": ("Build", "overview"),
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
# Where the result stands in one view of that page.
VIEWS = {"experiment": {"view": "experiments"}}
SHOWN = 3


def busy() -> bool:
    """Return whether a job runs."""
    return any(job.state == "running" for job in jobs.jobs())


def free() -> bool:
    """Return whether other work may begin; where it may not, say so."""
    if busy():
        st.warning("One work at a time: wait for the one that runs, or cancel it on Data and models.")
        return False
    return True


def begin(kind: str, name: str, *options: str) -> None:
    """Start the command that is called ``kind`` for a run in the background, unless other work runs."""
    if free():
        jobs.start(kind, name, [kind, "--run", name, *options])


def progress(kind: str = "", name: str = "") -> None:
    """Draw the latest jobs, of one kind and run where these are given, anew twice a second while one runs."""
    running = any(job.state == "running" for job in _found(kind, name))
    st.fragment(_jobs, run_every=LOOK_SECONDS if running else None)(kind, name, running)


def _found(kind: str, name: str) -> list[jobs.Job]:
    return [job for job in jobs.jobs() if kind in ("", job.kind) and name in ("", job.name)][:SHOWN]


def _jobs(kind: str, name: str, running: bool) -> None:
    found = _found(kind, name)
    if running and not any(job.state == "running" for job in found):
        st.rerun()
    for job in found:
        _job(job)


def _job(job: jobs.Job) -> None:
    title, page = KINDS[job.kind]
    with st.container(border=True):
        if job.state == "running":
            left = f", {job.message}" if job.message else ""
            st.progress(job.share, text=f"{title}, {job.name}: {job.stage}, {job.share:.0%}{left}")
            st.button("Cancel", key=f"cancel-{job.id}", on_click=jobs.cancel, args=(job.id,))
        else:
            said = f" {words.verbatim(job.message)}" if job.state == "failed" else ""
            st.markdown(f"**{title}, {job.name}**: {STATES[job.state]}.{said}")
        if job.state == "done":
            st.page_link(links.PAGES[page], label="Open it", query_params={"run": job.name} | VIEWS.get(job.kind, {}))
        if job.curve:
            st.plotly_chart(loss_curve(job.curve), key=f"curve-{job.id}", config={"displayModeBar": False})
