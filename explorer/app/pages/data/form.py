"""Bringing data of one's own: a file that is dropped or a path that is typed, a network, and what to do with them."""

from typing import Any

import streamlit as st

from explorer.app import error_messages
from explorer.app.components.file_drop.file_drop import DropZone, draw_drop_zone
from explorer.app.pages.data import build_jobs, custom_network
from explorer.core.files import megabytes
from explorer.datasets import uploads
from explorer.datasets.archives.archive import ARCHIVES
from explorer.datasets.readers.label_list import LISTS
from explorer.runs import unused_uploads
from explorer.runs.store import check_name

DATA = DropZone(
    "dataset",
    "Drop a ZIP or tar of class folders, or a CSV or JSON Lines list",
    (*ARCHIVES, *LISTS),
    uploads.store_data,
    "Inside, one folder of pictures a class, or train and test folders of those. It is kept once, in the program's own "
    "folder; larger data come by their path.",
)
OLD = "Files that were sent more than a day ago, and what was unpacked of them. The pictures of your runs stay."


def form() -> None:
    """Draw the fields and the two buttons below them."""
    st.session_state.setdefault(DATA.field, "drawn")
    with st.container(border=True), error_messages.show_errors():
        left, right = st.columns(2, gap="large")
        with left:
            draw_drop_zone(DATA)
        with right:
            st.text_input(
                "Data set: its name, or the path of a folder or file", key=DATA.field, help=build_jobs.datasets()
            )
            network = st.selectbox("Network", build_jobs.NETWORKS, 1, help=build_jobs.NETWORK, accept_new_options=True)
        more = _more()
        _buttons(str(st.session_state[DATA.field]), network or "", more, custom_network.ask())
    _leftovers()


def _leftovers() -> None:
    """Offer to remove uploads that no run was built on, where there are any."""
    if folders := unused_uploads.leftovers():
        size = megabytes(unused_uploads.size(folders))
        label = f"Remove uploads that no run was built on ({size})"
        st.button(label, icon=":material/delete:", key="leftovers", on_click=unused_uploads.remove, help=OLD)


def _buttons(dataset: str, network: str, more: dict[str, Any], own: dict[str, Any]) -> None:
    """Draw the buttons and do what they say; a check is named in the address, where its result then stands."""
    check, build, _ = st.columns(3)
    checked = check.button("Check", icon=":material/fact_check:", type="primary", key="check", width="stretch")
    built = build.button("Build without a check", icon=":material/play_arrow:", key="build", width="stretch")
    if not (checked or built):
        return
    name = more.pop("name").strip()
    config = build_jobs.asked(dataset, network, **more, own=own)
    name = build_jobs.unclaimed(config, check_name(name or config.name()))
    if built:
        build_jobs.begin(config, name)
    elif key := build_jobs.check(config, name):
        st.query_params["check"] = key


def _more() -> dict[str, Any]:
    """Draw what a newcomer does not need, and return what was typed."""
    with st.expander("More choices"):
        first, second, third = st.columns([3, 2, 2])
        name = first.text_input("Name of the run", placeholder="made from the choices", help="Letters, digits, . _ -")
        limit = second.number_input("Training images", 0, help="0 means all of them.")
        seed = third.number_input("Seed", 0, help="Decides the training and which images are taken.")
        fourth, fifth = st.columns([5, 2])
        noise = fourth.text_input(
            "Labels to change on purpose", placeholder="none; or such as cat>dog:0.4", help=build_jobs.noise()
        )
        noise_seed = fifth.number_input("Seed of the changes", 0, help="Decides which labels are changed.")
    return {"name": name, "limit": int(limit), "seed": int(seed), "noise": noise, "noise_seed": int(noise_seed)}
