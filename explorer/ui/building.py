"""Building runs from the browser: the work goes on in a process of its own and survives a reload."""

import streamlit as st

from explorer.datasets import SOURCES
from explorer.errors import ExplorerError
from explorer.models import SMALL_CNN
from explorer.runs import jobs
from explorer.runs.config import Config
from explorer.runs.run import Run
from explorer.ui import working

NETWORKS = [SMALL_CNN, "mobilenet_v2", "resnet18", "resnet50", "efficientnet_b0"]


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
    if working.busy():
        st.warning("One work at a time: wait for the one that runs, or cancel it.")
        return
    if config == Config():
        raise ExplorerError("The default run is there already; choose other data, another network or another seed.")
    jobs.start_build(config, config.name())
