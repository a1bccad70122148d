"""What can be chosen where data can be read in several ways: boxes filled with the names that were seen."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from explorer.datasets.choices import Choices, parted

TITLES = {
    "label": "Labels",
    "path": "Pictures",
    "split": "Training or testing",
    "folder": "Folder",
    "classes": "Classes",
}
HELP = {
    "label": "The column whose words become the classes.",
    "path": "The column that names the pictures, or holds them.",
    "split": "The column that says which rows are for training and which for testing.",
    "test": "The rows with this value are for testing, all others for training.",
    "folder": "The folder within the data whose folders are the classes.",
    "classes": "Where the class of a picture stands.",
}
TEST = "For testing"
HEADING, NEEDED = "Read the data another way", "Choose how the data are read"
AGAIN = "Check this reading"
FOUND, NOT_CHOSEN = "as found", "not chosen"
# The key in the session of a choice that the form takes over and checks.
WANTED = "reading-wanted"
# Boxes beside each other, and letters that one shows.
ACROSS, LONGEST = 3, 80


def draw_choices(
    key: str, offers: Sequence[Mapping[str, Any]], dataset: str, open_: bool, heading: str = HEADING
) -> None:
    """Draw a box for each choice, and the button that checks the data again as chosen.

    Args:
        key: of the check.
        offers: what can be chosen, as :meth:`explorer.datasets.choices.Offer.to_dict` has it.
        dataset: the path of the data with the choices made so far.
        open_: whether the boxes are in sight at once.
        heading: above the boxes; :data:`NEEDED` where nothing is read without a choice.
    """
    path, made = parted(dataset)
    boxes = _boxes(offers, made.given)
    if not boxes:
        return
    with st.expander(heading, expanded=open_ or bool(made.given)):
        places = st.columns(ACROSS)
        chosen: dict[str, str] = {}
        for number, offer in enumerate(boxes):
            with places[number % ACROSS]:
                chosen |= _draw_box(key, offer, made.given, NOT_CHOSEN if heading == NEEDED else FOUND)
        choices = Choices(**{name: value for name, value in chosen.items() if value})
        st.button(
            AGAIN,
            icon=":material/fact_check:",
            key=f"read-so-{key}",
            disabled=choices == made,
            on_click=st.session_state.__setitem__,
            args=(WANTED, (path, choices)),
        )


def _boxes(offers: Sequence[Mapping[str, Any]], made: Mapping[str, str]) -> list[Mapping[str, Any]]:
    """Return the offers, and one for each choice that was made and is offered no more, so that it can be taken back."""
    known = {offer["key"] for offer in offers}
    more = [{"key": name, "taken": value, "values": {value: ""}} for name, value in made.items() if name in TITLES]
    return [*offers, *(offer for offer in more if offer["key"] not in known)]


def _draw_box(key: str, offer: Mapping[str, Any], made: Mapping[str, str], unchosen: str) -> dict[str, str]:
    """Draw the box of one choice, and that of the part for testing below a column of sides; return what is chosen."""
    name, words, tests = offer["key"], offer["values"], offer.get("tests", {})
    given = made.get(name, "")
    usual = f"{FOUND}: {offer['taken']}" if offer["taken"] and not given else unchosen
    value = _select(f"choose-{key}-{name}", TITLES[name], [*words, given], given, {"": usual, **words}, HELP[name])
    parts = tests.get(value or offer["taken"], ())
    if name != "split" or not parts:
        return {name: value}
    part = made.get("test", "")
    where = f"choose-{key}-test-{value}"
    return {name: value, "test": _select(where, TEST, [*parts, part], part, {"": NOT_CHOSEN}, HELP["test"])}


def _select(key: str, title: str, values: Sequence[str], given: str, words: Mapping[str, str], explained: str) -> str:
    """Draw one box and return the chosen value; empty where that is left as it was found."""
    names = list(dict.fromkeys(("", *values)))
    shown = {name: _shown(name, words.get(name, "")) for name in names}
    chosen = st.selectbox(title, names, names.index(given), shown.__getitem__, key=key, help=explained)
    return chosen or ""


def _shown(name: str, words: str) -> str:
    text = f"{name} ({words})" if name and words else name or words
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
