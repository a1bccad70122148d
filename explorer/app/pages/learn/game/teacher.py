"""The teacher's page of a planted game: its links, whether it is ready, and the solution to be shown to everybody."""

import streamlit as st

from explorer.app import screen_text, urls
from explorer.app.components.blocks.blocks import Block, doors, draw, heading, small, text
from explorer.app.components.job_progress import job_progress
from explorer.app.pages.learn.game.game_run import draw_preparation, game_run
from explorer.app.pages.learn.room.reach import measured_reach
from explorer.app.pages.learn.room.share import how_to, share_block
from explorer.game.game import planted_rows
from explorer.game.planted_games import PlantedGame, show_solution
from explorer.runs.run import Run

# Fewer wrong test pictures than this give a hunt little to start from.
FEW = 6
PUPILS = "A random word stands in it, from which nobody can read what you hid."
TEACHERS = "Keep this one to yourself: with its code this page and the solution open."
HIDDEN = "Pupils who have handed in wait until you show the solution; their pages then tell what they found."
SHOWN = "Whoever has handed in sees the solution now, and what was found and missed."


def draw_teacher(planted: PlantedGame) -> None:
    """Draw the links of a game and its state, below the form that planted it."""
    run, reach = game_run(planted), measured_reach()
    solution = hunt_link(planted, solution=planted.key)
    draw(
        "planted",
        heading("Planted: the links"),
        share_block("For your pupils", f"{reach.origin}{hunt_link(planted)}", f"{PUPILS} {reach.sentence}"),
        *how_to(reach),
        share_block("With the solution", solution, TEACHERS),
        *(_ready_blocks(run, planted, solution) if run else []),
    )
    if run is None:
        draw_preparation(planted)
    elif not planted.old:
        _draw_reveal(planted)


def _ready_blocks(run: Run, planted: PlantedGame, solution: str) -> list[Block]:
    count, wrong = int(planted_rows(run, planted.game).sum()), int((run.predicted != run.test_labels).sum())
    mistakes = f"{screen_text.counted(wrong, 'test picture')} of {len(run.test_labels):,} {'is' if wrong == 1 else 'are'} called wrongly now."
    few = [small("That is little to start from: plant a larger share for an easier hunt.")] if wrong < FEW else []
    links = doors(("Open the hunt", hunt_link(planted)), ("See the solution", solution))
    return [text(f"Ready. {planted.game.solution(count)} {mistakes}"), *few, links]


def _draw_reveal(planted: PlantedGame) -> None:
    """Draw the button that shows everybody the solution, or hides it again."""
    draw("reveal", small(SHOWN if planted.shown else HIDDEN))
    words = "Hide the solution again" if planted.shown else "Show everybody the solution"
    icon = ":material/visibility_off:" if planted.shown else ":material/visibility:"
    show = job_progress.with_error_message(show_solution)
    st.button(words, icon=icon, on_click=show, args=(planted.token, not planted.shown))


def hunt_link(planted: PlantedGame, **state: object) -> str:
    """Return the address of a hunt."""
    return urls.address("learn", view="game", game=planted.token, **state)
