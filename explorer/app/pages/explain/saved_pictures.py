"""Pictures of their own that a person keeps: the buttons on the one that is shown, and the gallery of all."""

from collections.abc import Callable

import streamlit as st

from explorer.app import browser_identity, urls
from explorer.app.components.blocks.blocks import Block
from explorer.app.components.gallery.gallery import Section, Tile, gallery
from explorer.app.components.job_progress import job_progress
from explorer.runs.edits import edit_scope
from explorer.runs.own_pictures import picture_store

# What the address says of a picture that is not kept.
OWN = "own"
WHERE = "Kept in the folder of this program on the computer where it runs, for {}."
NAMELESS = "This browser refuses cookies, so it would not be known again, and could not be shown its picture."


def where() -> str:
    """Return where a picture is kept, and for whom."""
    return WHERE.format("this browser alone" if edit_scope.owner() else "everybody who can open this program")


def pictures() -> list[Block]:
    """Return the gallery of the pictures that are kept, where there are any."""
    tiles = [
        Tile(name, shown, f"picture {number} that you kept", (), urls.changed_address("explain", picture=name))
        for number, (name, shown) in enumerate(picture_store.saved_thumbnails().items(), 1)
    ]
    return [gallery(Section("Pictures that you kept", tiles, "Pictures that you kept", where()))] if tiles else []


def buttons(name: str, content: bytes, thumbnail: str, forget: Callable[[], None]) -> None:
    """Draw what can be done with a picture; ``forget`` takes it out of the session."""
    if name in picture_store.saved_thumbnails():
        removal(name, forget)
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
        help=where() if lasting else NAMELESS,
        disabled=not lasting,
    )
    second.button("Forget it", icon=":material/delete:", key="forget", on_click=forget, width="stretch")


def removal(name: str, forget: Callable[[], None]) -> None:
    """Draw the button that removes a kept picture."""
    label = "Remove it from those kept"
    st.button(label, icon=":material/delete:", key="remove", on_click=_remove, args=(name, forget), width="stretch")


@job_progress.with_error_message
def _keep(content: bytes, thumbnail: str) -> None:
    """Keep the picture; the address names it from now on."""
    st.query_params["picture"] = picture_store.save(content, thumbnail)


@job_progress.with_error_message
def _remove(name: str, forget: Callable[[], None]) -> None:
    """Remove the kept picture, and forget it."""
    picture_store.remove(name)
    forget()
    st.query_params["picture"] = OWN
