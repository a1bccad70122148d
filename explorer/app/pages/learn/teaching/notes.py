"""The view for teachers: a plan of the lesson with notes to each step, what is to be prepared, and a worksheet to print."""

from typing import Literal, TypedDict

from explorer.app import urls
from explorer.app.components.blocks.blocks import Block, doors, draw, heading, small, text
from explorer.app.components.markdown.markdown_text import prose
from explorer.app.pages.learn.lesson.steps import STEPS, TEXTS, step_link
from explorer.app.pages.learn.teaching.prepare import draw_preparations, lesson_links
from explorer.app.pages.learn.teaching.questions import Question, plans

KEYS = (
    "In the presentation the arrow keys and Page Up and Page Down (a presenter's remote) go from step to step; Escape leaves it. "
    "Present the figures, let your pupils try them on their own machines, and ask the three questions of each step."
)


class SheetPart(TypedDict):
    """A step on the worksheet."""

    title: str
    questions: list[Question]


class SheetBlock(TypedDict):
    """The worksheet: two pages on paper."""

    kind: Literal["sheet"]
    parts: list[SheetPart]
    back: str


def draw_teaching() -> None:
    """Draw the worksheet where the address asks for it, else the plan."""
    if urls.param("sheet"):
        draw("sheet", sheet_block())
        return
    total = sum(plan.minutes for plan in plans().values())
    draw("plan", heading("Teach this lesson"), text(KEYS), doors(*lesson_links()))
    draw_preparations()
    draw("notes", heading(f"The plan: {total} minutes"), *(block for step in STEPS for block in _notes(step)))


def _notes(step: int) -> list[Block]:
    plan = plans()[step]
    answers = " · ".join(f"{number}: {_answer(each)}" for number, each in enumerate(plan.questions, 1))
    return [
        doors((f"{step}. {STEPS[step][0]}, {plan.minutes} minutes", step_link(step))),
        prose(TEXTS / f"notes{step}.md"),
        small(f"Answers: {answers}"),
    ]


def _answer(question: Question) -> str:
    return question["choices"][question["right"]] if question["choices"] else "the figure checks it"


def sheet_block() -> SheetBlock:
    """Return the worksheet: the questions of all steps, without the answers."""
    parts: list[SheetPart] = [
        {"title": f"{step}. {STEPS[step][1]}", "questions": list(map(_unanswered, plans()[step].questions))}
        for step in STEPS
    ]
    return {"kind": "sheet", "parts": parts, "back": urls.address("learn", view="teach")}


def _unanswered(question: Question) -> Question:
    return {**question, "right": -1, "why": ""}
