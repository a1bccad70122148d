"""A room as pupils and the wall see it: joining under a name, and how to join in letters that all can read."""

import streamlit as st

from explorer.app import urls
from explorer.app.components.blocks.blocks import Block, columns, draw, heading, small, text
from explorer.app.components.job_progress import job_progress
from explorer.app.pages.learn.room.reach import Reach, measured_reach
from explorer.app.pages.learn.room.share import qr_block, share_block
from explorer.game import rooms
from explorer.game.planted_games import planted_game

# Seconds between two looks at who has come.
WALL_SECONDS = 3
JOINING = (
    "Choose a name under which your teacher sees you: your first name is enough. There is no password and no account."
)


def room_link(code: str, **state: object) -> str:
    """Return the short address of a room."""
    return urls.address("learn", view="game", room=code, **state)


def draw_joining(code: str) -> None:
    """Draw the form in which somebody chooses a name."""
    draw("joining", heading(f"Room {code}"), text(JOINING))
    with st.form("join", border=False):
        st.text_input("Your name", key="pupil name", max_chars=rooms.LONGEST_NAME)
        st.form_submit_button("Join", type="primary", on_click=_join, args=(code,))


@job_progress.with_error_message
def _join(code: str) -> None:
    st.query_params["me"] = rooms.join(code, st.session_state["pupil name"])


def draw_wall(code: str) -> None:
    """Draw what may stand on the wall: how to join, and how many have; nothing of what was hidden."""
    reach = measured_reach()
    rooms.game_in(code)
    draw("wall", heading(f"Room {code}"), *joining_blocks(code, reach))
    st.fragment(_draw_count, run_every=WALL_SECONDS)(code)


def joining_blocks(code: str, reach: Reach) -> list[Block]:
    """Return the address of a room and its QR code, as far as other machines reach it."""
    link = room_link(code)
    if not reach.origin:
        return [share_block("On this computer", link, reach.sentence)]
    whole = f"{reach.origin}{link}"
    return [columns((1, [qr_block(whole)]), (2, [share_block("For your class", whole, reach.sentence)]))]


def _draw_count(code: str) -> None:
    everybody = rooms.pupils(code)
    handed = sum(pupil.handed is not None for pupil in everybody)
    draw("count", heading(f"{len(everybody)} joined, {handed} handed in"), small(", ".join(p.name for p in everybody)))
    if planted_game(rooms.game_in(code)).shown:
        draw("shown", text("The solution is shown now: it stands on everybody's own page."))
