"""Building runs from the browser: the work goes on in a process of its own and survives a reload."""

import streamlit as st

from explorer.datasets import SOURCES
from explorer.errors import ExplorerError
from explorer.figures.training import loss_curve
from explorer.models import SMALL_CNN
from explorer.runs import jobs
from explorer.runs.config import Config
from explorer.runs.run import Run
from explorer.ui import links

NETWORKS = [SMALL_CNN, "mobilenet_v2", "resnet18", "resnet50", "efficientnet_b0"]
# Seconds between two looks at the running jobs.
LOOK_SECONDS = 0.5
STATES = {"done": "finished", "failed": "failed", "cancelled": "cancelled"}


def facts(run: Run) -> dict[str, str]:
    """Return what determines a run, in words."""
    known = run.manifest
    return {
        "Images": f"{known['title']}: {known['n_train']:,} for training, {known['n_test']:,} for testing",
        "Network": f"{known['backbone']}, pictures at {known['recipe']['size']} px, {len(run.test_features[0]) - 1:,} features",
        "λ (how strongly large weights are punished)": f"{known['l2']:.4g}"
        + (", chosen by cross-validation" if known["l2_curve"] else ", given"),
        "Accuracy": ", ".join(f"{name} {share:.1%}" for name, share in known["accuracy_per_class"].items()),
        "How well the fit has settled (‖∇R‖)": f"{known['gradient_norm']:.1e}",
        "Identity": known["run_id"],
    }


def datasets() -> str:
    """Return which names can be given, and which of them have to be fetched first."""
    known = [f"{name} ({'here' if source.cached() else 'to fetch'})" for name, source in SOURCES.items()]
    return (
        "Names: "
        + ", ".join(known)
        + ". A folder needs one folder of pictures a class, or train and test folders of those."
    )


def start(dataset: str, backbone: str, limit: int, seed: int) -> None:
    """Start a build in the background, or say why not."""
    config = Config(dataset.strip(), backbone, limit or None, seed)
    if any(job.state == "running" for job in jobs.jobs()):
        st.warning("One build at a time: wait for the one below, or cancel it.")
        return
    if config == Config():
        raise ExplorerError("The default run is there already; choose other data, another network or another seed.")
    jobs.start(config, config.name())


def progress() -> None:
    """Draw the latest jobs, anew twice a second while one runs."""
    running = any(job.state == "running" for job in jobs.jobs())
    st.fragment(_jobs, run_every=LOOK_SECONDS if running else None)(running)


def _jobs(running: bool) -> None:
    found = jobs.jobs()
    if running and not any(job.state == "running" for job in found):
        st.rerun()
    for job in found[:3]:
        _job(job)


def _job(job: jobs.Job) -> None:
    with st.container(border=True):
        if job.state == "running":
            st.progress(job.share, text=f"{job.name}: {job.stage}, {job.share:.0%}")
            st.button("Cancel", key=f"cancel-{job.id}", on_click=jobs.cancel, args=(job.id,))
        else:
            st.markdown(f"**{job.name}**: {STATES[job.state]}. {job.message}")
        if job.state == "done":
            st.page_link(links.PAGES["overview"], label="Open it", query_params={"run": job.name})
        if job.curve:
            st.plotly_chart(loss_curve(job.curve), key=f"curve-{job.id}", config={"displayModeBar": False})
