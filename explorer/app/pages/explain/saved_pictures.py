"""Saved pictures of the user: the buttons to save, forget and remove one, and the gallery of all."""

from collections.abc import Callable

import streamlit as st

from explorer.app import browser_identity, urls
from explorer.app.components.blocks.blocks import Block
from explorer.app.components.gallery.gallery import Section, Tile, gallery
from explorer.app.components.job_progress import job_progress
from explorer.runs.edits import edit_scope
from explorer.runs.own_pictures import picture_store

# Value of ``picture`` in the address for an uploaded picture that is not saved.
OWN = "own"
STORAGE_NOTE = "Kept in the folder of this program on the computer where it runs, for {}."
NO_COOKIES = "This browser refuses cookies, so it would not be known again, and could not be shown its picture."


def storage_note() -> str:
    """Return where a saved picture is stored, and who can see it."""
    return STORAGE_NOTE.format("this browser alone" if edit_scope.owner() else "everybody who can open this program")


def saved_gallery() -> list[Block]:
    """Return the gallery of saved pictures; empty where there are none."""
    tiles = [
        Tile(name, shown, f"picture {number} that you kept", (), urls.changed_address("explain", picture=name))
        for number, (name, shown) in enumerate(picture_store.saved_thumbnails().items(), 1)
    ]
    return (
        [gallery(Section("Pictures that you kept", tiles, "Pictures that you kept", storage_note()))] if tiles else []
    )


def draw_buttons(name: str, content: bytes, thumbnail: str, forget: Callable[[], None]) -> None:
    """Draw the buttons of the shown picture; ``forget`` removes it from the session."""
    if name in picture_store.saved_thumbnails():
        draw_remove_button(name, forget)
        return
    first, second = st.columns(2)
    lasting = browser_identity.is_remembered()
    first.button(
        "Keep it",
        icon=":material/save:",
        key="keep",
        on_click=_keep,
        args=(content, thumbnail),
        width="stretch",
        help=storage_note() if lasting else NO_COOKIES,
        disabled=not lasting,
    )
    second.button("Forget it", icon=":material/delete:", key="forget", on_click=forget, width="stretch")


def draw_remove_button(name: str, forget: Callable[[], None]) -> None:
    """Draw the button that removes a saved picture."""
    label = "Remove it from those kept"
    st.button(label, icon=":material/delete:", key="remove", on_click=_remove, args=(name, forget), width="stretch")


@job_progress.with_error_message
def _keep(content: bytes, thumbnail: str) -> None:
    """Save the picture and put its name into the address."""
    st.query_params["picture"] = picture_store.save(content, thumbnail)


@job_progress.with_error_message
def _remove(name: str, forget: Callable[[], None]) -> None:
    """Remove the saved picture, also from the session."""
    picture_store.remove(name)
    forget()
    st.query_params["picture"] = OWN
