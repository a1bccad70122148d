"""The form of the Data page: a data set by upload or path, a network, options, and the buttons to check and to build."""

from typing import Any

import streamlit as st

from explorer.app import error_messages
from explorer.app.components.file_drop.file_drop import DropZone, draw_drop_zone, given_path, show_path
from explorer.app.pages.data import build_jobs, custom_network, preflight_report, reading_choices
from explorer.core.files import megabytes
from explorer.datasets import uploads
from explorer.datasets.archives.archive import ARCHIVES
from explorer.datasets.choices import MARK, parted
from explorer.models.fine_tuning.blocks import BLOCK
from explorer.runs import unused_uploads
from explorer.runs.build.request import DEFAULT_BACKBONE
from explorer.runs.store import check_name

DATA = DropZone(
    "dataset",
    f"Drop {uploads.KINDS}",
    (*ARCHIVES, *uploads.CONTAINERS, *uploads.POINTING),
    uploads.store_data,
    "In an archive: one folder of pictures a class, or train and test folders of those; a list or an export needs the folder of its pictures. "
    "It is kept once, in the program's own folder; larger data come by their path.",
)
LIMIT = "So many, as evenly as possible of each class; all where the field is empty."
FINETUNE = (
    "A network that came trained stays as it is, and only its head is fitted. Of a ResNet the last block can be trained too, with the "
    "head, a few times over these pictures and gently. Every step is kept, so that what an image did to the block can be explained."
)
LEFTOVERS_EXPLAINED = (
    "Files that were sent more than a day ago, and what was unpacked of them. The pictures of your runs stay."
)


def draw_form() -> None:
    """Draw the form and the two buttons below it."""
    _restore_form()
    again = _take_choice()
    with st.container(border=True), error_messages.show_errors():
        left, right = st.columns(2, gap="large")
        with left:
            draw_drop_zone(DATA)
        with right:
            st.text_input(
                "Data set: its name, or the path of a folder or file", key=DATA.field, help=build_jobs.datasets_help()
            )
            network = st.selectbox(
                "Network",
                build_jobs.NETWORKS,
                build_jobs.NETWORKS.index(DEFAULT_BACKBONE),
                key="build-backbone",
                help=build_jobs.NETWORK,
                accept_new_options=True,
            )
        options = _draw_options()
        _draw_buttons(given_path(DATA), network or "", options, custom_network.draw_fields(), again)
    _draw_leftovers()


def _restore_form() -> None:
    """Fill a form that is drawn for the first time in this session with the request of the check in the address."""
    if DATA.field in st.session_state:
        return
    given = preflight_report.checked_request()
    path, choices = parted(str(given.pop("dataset", "drawn")))
    show_path(DATA, path)
    st.session_state["build-read"] = choices.written[len(MARK) :]
    show_path(custom_network.CHECKPOINT, str(given.pop("checkpoint", "")))
    for option, value in given.items():
        st.session_state[f"build-{option}"] = value


def _take_choice() -> bool:
    """Fill in the reading that was chosen below a check, where one was, and return whether it is to be checked."""
    wanted = st.session_state.pop(reading_choices.WANTED, None)
    if wanted is None:
        return False
    path, choices = wanted
    show_path(DATA, path)
    st.session_state["build-read"] = choices.written[len(MARK) :]
    return True


def _draw_leftovers() -> None:
    """Draw the button that removes uploads that no run was built on, where there are any."""
    if folders := unused_uploads.leftovers():
        size = megabytes(unused_uploads.size(folders))
        label = f"Remove uploads that no run was built on ({size})"
        st.button(
            label, icon=":material/delete:", key="leftovers", on_click=unused_uploads.remove, help=LEFTOVERS_EXPLAINED
        )


def _draw_buttons(
    dataset: str, network: str, options: dict[str, Any], custom: dict[str, Any], again: bool = False
) -> None:
    """Draw the buttons and run the pressed one, or the check that is wanted ``again``; its key goes into the address, which then shows its result."""
    check, build, _ = st.columns(3)
    checked = check.button("Check", icon=":material/fact_check:", type="primary", key="check", width="stretch")
    built = build.button("Build without a check", icon=":material/play_arrow:", key="build", width="stretch")
    if not (checked or built or again):
        return
    name = options.pop("name").strip()
    config = build_jobs.parse_request(dataset, network, **options, own=custom)
    name = build_jobs.require_free_name(config, check_name(name or build_jobs.default_name(config)))
    if built:
        build_jobs.start_build(config, name)
    else:
        st.query_params["check"] = build_jobs.start_check(config, name)


def _draw_options() -> dict[str, Any]:
    """Draw the advanced options and return their values."""
    with st.expander("More choices"):
        first, second, third = st.columns([3, 2, 2])
        name = first.text_input(
            "Name of the run", key="build-run", placeholder="made from the choices", help="Letters, digits, . _ -"
        )
        limit = second.number_input("Training images", 1, value=None, key="build-limit", placeholder="all", help=LIMIT)
        seed = third.number_input("Seed", 0, key="build-seed", help="Decides the training and which images are taken.")
        fourth, fifth = st.columns([5, 2])
        read = st.text_input(
            "How the data are read",
            key="build-read",
            placeholder="as found; or such as label=species",
            help=build_jobs.READING,
        )
        noise = fourth.text_input(
            "Labels to change on purpose",
            key="build-noise",
            placeholder="none; or such as cat>dog:0.4",
            help=build_jobs.noise(),
        )
        noise_seed = fifth.number_input(
            "Seed of the changes", 0, key="build-noise-seed", help="Decides which labels are changed."
        )
        finetune = _draw_finetuning()
    return {
        "name": name,
        "limit": limit,
        "seed": int(seed),
        "noise": noise,
        "noise_seed": int(noise_seed),
        "read": read,
        "finetune": finetune,
    }


def _draw_finetuning() -> str:
    """Draw the choice of a block that is trained on the pictures, and return its name, empty for none."""
    chosen = st.selectbox(
        "Part of the network to train on these pictures",
        ["", BLOCK],
        key="build-finetune",
        format_func=lambda name: name or "none: only the last layer",
        help=FINETUNE,
    )
    return str(chosen)
