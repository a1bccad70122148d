"""The game's views: the form that plants a bug, the teacher's page, and what pupils see."""

import streamlit as st

from explorer.app import urls
from explorer.app.components.blocks.blocks import draw, heading, small, text
from explorer.app.pages.learn.game.game_run import draw_preparation, game_run
from explorer.app.pages.learn.game.hunt import draw_hunt
from explorer.app.pages.learn.game.plant import draw_planting
from explorer.app.pages.learn.game.score import draw_handed_in, draw_score, draw_solution
from explorer.app.pages.learn.game.seat import Seat, seat_in_room
from explorer.app.pages.learn.game.teacher import draw_teacher
from explorer.app.pages.learn.room.class_view import draw_class
from explorer.app.pages.learn.room.entrance import draw_joining, draw_wall
from explorer.core.errors import ExplorerError
from explorer.game.planted_games import PlantedGame, planted_game

WAITING = "The pictures of this game are not on this computer yet. It takes some seconds to prepare them; the hunt then opens here."
GONE = (
    "This link is of an older version, and the pictures of its game are not on this computer any more; ask whoever planted "
    "the bug to plant it again."
)
LOCKED = "This page shows what was hidden, so it asks for the solution code that only whoever planted the bug has."
WRONG_KEY = (
    "This is not the solution code; copy the link with the solution again, whole, from where the bug was planted."
)


def draw_game() -> None:
    """Draw what the address asks for: a hunt, the teacher's page, or else the form that plants a bug.

    Raises:
        ExplorerError: the address carries a game, flags or a code that cannot be read.
    """
    if token := urls.param("planted"):
        _draw_locked(planted_game(token))
    elif code := urls.param("room"):
        _draw_room(code)
    elif token := urls.param("game"):
        _draw_pupils_game(Seat(planted_game(token)))
    else:
        draw_planting()


def _draw_locked(planted: PlantedGame) -> None:
    """Draw the teacher's page for whoever has the solution code, and ask others for it."""
    key = urls.param("solution")
    if planted.opens_with(key):
        draw_planting(planted)
        draw_teacher(planted)
        run = game_run(planted)
        if run is not None and not planted.old:
            draw_class(run, planted)
    elif key:
        raise ExplorerError(WRONG_KEY)
    else:
        draw("locked", heading("The teacher's page"), text(LOCKED))
        with st.form("solution code", border=False):
            st.text_input("Solution code", key="solution code", max_chars=40)
            st.form_submit_button("Open it", on_click=_use_code)


def _use_code() -> None:
    st.query_params["solution"] = st.session_state["solution code"].strip()


def _draw_room(code: str) -> None:
    """Draw a room: what stands on the wall, the form of whoever comes in, or the hunt of a pupil."""
    if urls.param("wall"):
        draw_wall(code.strip().upper())
        return
    seat = seat_in_room(code)
    if seat is None or seat.pupil is None:
        draw_joining(code.strip().upper())
        return
    draw("pupil", small(f"Room {seat.room}. You are {seat.pupil.name}."))
    _draw_pupils_game(seat)


def _draw_pupils_game(seat: Seat) -> None:
    """Draw a hunt, what became of it, or, for whoever has the code, its solution."""
    planted = seat.planted
    key, run = urls.param("solution"), game_run(planted)
    if key and not planted.opens_with(key):
        raise ExplorerError(WRONG_KEY)
    if run is None and planted.old:
        raise ExplorerError(GONE)
    if run is None:
        draw("waiting", heading("Hunt the bug"), text(WAITING))
        draw_preparation(planted)
    elif key:
        draw_solution(run, planted)
    elif not urls.param("done"):
        draw_hunt(run, seat)
    elif planted.shown:
        draw_score(run, seat)
    else:
        draw_handed_in(run, seat)
