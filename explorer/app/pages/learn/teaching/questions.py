"""The questions of each step: by choice, or a task that the step's figure checks from what somebody did."""

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypedDict

from explorer.app.pages.learn.lesson.steps import TEXTS


class Question(TypedDict):
    """A question. Its choices, of which ``right`` is the number of the right one; or, without choices, the name of a task."""

    ask: str
    choices: list[str]
    right: int
    task: str
    why: str


class QuizBlock(TypedDict):
    """The questions of a step."""

    kind: Literal["quiz"]
    step: int
    questions: list[Question]


@dataclass(frozen=True)
class StepPlan:
    """What a class does at a step: ``minutes``, and its questions."""

    minutes: int
    questions: tuple[Question, ...]


@cache
def plans() -> dict[int, StepPlan]:
    """Return the plan of each step, from the file beside the steps' texts; read once."""
    content = tomllib.loads((TEXTS / "teaching.toml").read_text(encoding="utf-8"))
    return {
        int(name.removeprefix("step")): StepPlan(part["minutes"], tuple(map(_question, part["question"])))
        for name, part in content.items()
    }


def _question(part: dict[str, Any]) -> Question:
    choices, right, task = part.get("choices", []), part.get("right", -1), part.get("task", "")
    return {"ask": part["ask"], "choices": choices, "right": right, "task": task, "why": part["why"]}


def quiz_block(step: int) -> QuizBlock:
    """Return the questions of a step as a block that checks the answers in the browser."""
    return {"kind": "quiz", "step": step, "questions": list(plans()[step].questions)}
