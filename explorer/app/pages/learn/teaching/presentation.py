"""The lesson on a wall: one head, large type, the figure at the top with the text beside it, steps by the arrow keys."""

from typing import Literal, TypedDict

import streamlit as st

from explorer.app import urls
from explorer.app.components.blocks.blocks import Block, draw, heading
from explorer.app.components.markdown.markdown_text import prose
from explorer.app.pages.learn.lesson.lesson import ON_RUN, plane_of
from explorer.app.pages.learn.lesson.steps import STEPS, TEXTS, current_step, step_link
from explorer.app.pages.learn.teaching.questions import quiz_block

# All sizes of the pages are relative to this one; Streamlit's own head and the bar of pages are out of the way.
STYLE = (
    "<style>html { font-size: clamp(18px, 1.5vw, 40px) !important; } "
    "[data-testid=stHeader], [data-testid=stToolbar], .st-key-bar { display: none !important; } "
    ".stMainBlockContainer { padding: 0.75rem 2rem !important; max-width: none !important; }</style>"
)


def is_presented() -> bool:
    """Return whether the address asks for the presentation."""
    return urls.param("present") == "1" and urls.param("view") in (None, "lesson")


def is_wall() -> bool:
    """Return whether the address asks for what stands on the wall while a class joins its room."""
    return bool(urls.param("wall") and urls.param("room")) and urls.param("view") == "game"


def presented(number: int) -> str:
    """Return the address of a step in the presentation."""
    return f"{step_link(number)}&present=1"


class PresentBlock(TypedDict):
    """The head of a presented step: its title and the ways on, which keys go as well; an empty address goes nowhere."""

    kind: Literal["present"]
    title: str
    number: int
    count: int
    before: str
    after: str
    leave: str


def draw_presentation() -> None:
    """Draw the step in the address as it stands on a wall."""
    st.html(STYLE)
    current = current_step()
    draw("present", _head(current))
    quiz = [heading("Three questions"), quiz_block(current)]
    if current in ON_RUN:
        ON_RUN[current]([])
        draw("quiz", *quiz)
        return
    figure, words = st.columns([6, 5], gap="large")
    with words:  # first: the figure of step 3 waits for a refit that is timed
        draw("step", prose(TEXTS / f"step{current}.md"), *quiz)
    with figure:
        plane_of(current, present=True)


def _head(current: int) -> Block:
    return PresentBlock(
        kind="present",
        title=f"{current}. {STEPS[current][1]}",
        number=current,
        count=len(STEPS),
        before=presented(current - 1) if current > 1 else "",
        after=presented(current + 1) if current < len(STEPS) else "",
        leave=step_link(current),
    )
