"""The teacher's view of a class: who has joined and handed in, what each found, the curve of all, and files for gradebooks."""

from typing import Literal, TypedDict

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from explorer.app import backend, screen_text
from explorer.app.components.blocks.blocks import doors, draw, heading, small, text
from explorer.app.components.chart.chart import draw_chart
from explorer.app.components.job_progress import job_progress
from explorer.app.pages.learn.game.score import planted_mask
from explorer.app.pages.learn.room.class_figure import class_figure
from explorer.app.pages.learn.room.entrance import joining_blocks, room_link
from explorer.app.pages.learn.room.reach import measured_reach
from explorer.core.keyed_cache import keyed_cache
from explorer.game import gradebook, rooms
from explorer.game.class_results import Result, class_curve, class_order, judged
from explorer.game.game import reviewing_orders
from explorer.game.planted_games import PlantedGame
from explorer.game.rooms import Pupil
from explorer.runs.run import Run

# Seconds between two looks at the class.
LOOK_SECONDS = 2
OFFER = "Open a room, and your pupils join by a short address; you see here who has joined, who has handed in, and what each found."
NOBODY = "Nobody has joined yet."
# The curve shows a little more than the pupil who flagged most.
MARGIN = 1.25
LEAST_LOOKS = 20
# What is drawn again every two seconds would else be pale each time until it has come.
STEADY = "<style>[data-stale=true] { opacity: 1 !important; }</style>"


def draw_class(run: Run, planted: PlantedGame) -> None:
    """Draw the class of a game, or the button that opens its room."""
    code = rooms.room_of(planted.token)
    if not code:
        draw("offer", heading("Your class"), text(OFFER))
        open_room = job_progress.with_error_message(_open_room)
        st.button("Open a room", icon=":material/groups:", type="primary", on_click=open_room, args=(planted.token,))
        return
    st.html(STEADY)
    wall = doors(("Show this on the wall", room_link(code, wall=1)))
    draw("room", heading(f"Your class: room {code}"), *joining_blocks(code, measured_reach()), wall)
    st.fragment(_draw_live, run_every=LOOK_SECONDS)(run, planted, code)


def _open_room(token: str) -> None:
    rooms.open_room(token)


@job_progress.with_error_message
def _draw_live(run: Run, planted: PlantedGame, code: str) -> None:
    """Draw what changes while the class works."""
    everybody, mask = rooms.pupils(code), planted_mask(run.id, planted.token)
    results = judged(everybody, mask)
    if not results:
        draw("class", small(NOBODY))
        return
    draw("class", heading(class_sentence(results)), class_block(results, int(mask.sum())))
    _draw_curve(run, planted, everybody)
    _draw_files(results, int(mask.sum()), code)
    _draw_taking_out(everybody, code)


def class_sentence(results: list[Result]) -> str:
    """Return how many have handed in, in words."""
    return f"{sum(result.handed for result in results)} of {len(results)} have handed in"


class ClassRow(TypedDict):
    """What one pupil has done so far."""

    name: str
    state: str
    handed: bool
    flagged: int
    found: int
    false: int


class ClassBlock(TypedDict):
    """A class, a row for each pupil; ``planted`` pictures are to be found."""

    kind: Literal["class"]
    planted: int
    rows: list[ClassRow]


def class_block(results: list[Result], planted: int) -> ClassBlock:
    """Return the table of a class: whoever handed in first, then by name."""
    ordered = sorted(results, key=lambda result: (not result.handed, result.name.casefold()))
    return {"kind": "class", "planted": planted, "rows": [_row(result) for result in ordered]}


def _row(result: Result) -> ClassRow:
    return {
        "name": result.name,
        "state": "✓ handed in" if result.handed else "… is hunting",
        "handed": result.handed,
        "flagged": result.flagged,
        "found": result.found,
        "false": result.false,
    }


def _draw_curve(run: Run, planted: PlantedGame, everybody: list[Pupil]) -> None:
    figure, count = _figure(run.id, planted.token, tuple(everybody))
    draw("curve", heading("Together, beside the computer and chance"))
    draw_chart(figure, "class-curve")
    end = f"{screen_text.counted(count, 'picture')} {'is' if count == 1 else 'are'} flagged by somebody"
    draw("curve-note", small(f"The class looks first at what most of it flagged; {end}."))


@keyed_cache(backend.RUNS)
def _figure(run_id: str, token: str, everybody: tuple[Pupil, ...]) -> tuple[go.Figure, int]:
    """Return the curve of a class as it is now, and how many pictures somebody flagged."""
    mask = planted_mask(run_id, token)
    together, results = class_order(everybody, len(mask)), judged(everybody, mask)
    most = int(MARGIN * max(LEAST_LOOKS, len(together), *(result.flagged for result in results)))
    curve = class_curve(together, {"loss": loss_order(run_id)}, mask, most)
    return class_figure(curve, results), len(together)


@keyed_cache(backend.RUNS)
def loss_order(run_id: str) -> np.ndarray:
    """Return a run's training rows ``(n,)``, those first whose label the model finds hardest to believe."""
    return reviewing_orders(backend.run(run_id), None)["loss"]


def _draw_files(results: list[Result], planted: int, code: str) -> None:
    """Draw the buttons that save the class for gradebooks; only whoever has handed in gets points."""
    files = (("Canvas", gradebook.canvas), ("Moodle", gradebook.moodle))
    for column, (name, written) in zip(st.columns([1, 1, 4]), files, strict=False):
        column.download_button(
            f"CSV for {name}",
            written(results, planted),
            f"plant-a-bug-{code}-{name.lower()}.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
            key=f"file-{name}",
        )
    draw("files", small(FILES))


FILES = (
    "Points are found less false alarms, not below 0; whoever has not handed in gets none. Canvas finds pupils by their name or asks; "
    "in Moodle choose the column that names them and the grade's. Pupils who join under their e-mail address are found by it."
)


def _draw_taking_out(everybody: list[Pupil], code: str) -> None:
    with st.expander("Take somebody out of the room"):
        names = {pupil.id: screen_text.verbatim(pupil.name) for pupil in everybody}
        chosen = st.selectbox("Who", list(names), format_func=lambda pupil: names.get(pupil, ""), key="taken out")
        take = job_progress.with_error_message(rooms.take_out)
        st.button("Take out; the name is free again", on_click=take, args=(code, chosen), key="take out")
