"""The Learn page: its views, and the steps of the lesson."""

import importlib

from explorer.app import urls
from explorer.app.components.blocks.blocks import Block
from explorer.core.errors import ExplorerError

QUESTION = "How does it work? Eight steps, with figures to touch; a game; and the papers' experiments, measured again."
# View in the address: its name, and the function that draws it.
VIEWS = {
    "lesson": ("Lesson", "explorer.app.pages.learn.lesson.lesson:draw_lesson"),
    "game": ("Plant a bug", "explorer.app.pages.learn.game.plant:draw_game"),
    "experiments": ("The papers' experiments", "explorer.app.pages.learn.papers:draw_experiments"),
    "words": ("Words", "explorer.app.pages.learn.glossary:draw_glossary"),
}
# Step in the address: its short name among the steps, and its title.
STEPS = {
    1: ("The puzzle", "Right about some, wrong about others"),
    2: ("Risk", "What a model minimises"),
    3: ("Leave one out", "The honest experiment, and its price"),
    4: ("Up-weighting", "One point, a little more or a little less"),
    5: ("Curvature", "The inverse Hessian"),
    6: ("Outliers", "Outlier, or influential?"),
    7: ("Repair", "Back to the cats"),
    8: ("Limits", "Where it fails"),
}


def tabs(view: str) -> Block:
    """Return the links to all views; ``view`` is open."""
    found = [
        {"label": label, "href": urls.address("learn", view=name), "open": name == view}
        for name, (label, _) in VIEWS.items()
    ]
    return {"kind": "tabs", "label": "Parts of Learn", "tabs": found}


def draw_view(view: str) -> None:
    """Draw a view; its module is imported when it is asked for."""
    module, function = VIEWS[view][1].split(":")
    getattr(importlib.import_module(module), function)()


def step() -> int:
    """Return the step that the address asks for.

    Raises:
        ExplorerError: there is no such step.
    """
    given = urls.number("step")
    if given is not None and given not in STEPS:
        raise ExplorerError(f"The step in the address is {given}; the lesson has the steps 1 to {len(STEPS)}.")
    return given or 1


def step_link(number: int) -> str:
    """Return the address of a step; the runs that the address names stay."""
    return urls.address("learn", step=number, run=urls.param("run"))


def steps(current: int) -> Block:
    """Return the links to all steps; ``current`` is open."""
    found = [
        {"number": number, "label": short, "href": step_link(number), "open": number == current}
        for number, (short, _) in STEPS.items()
    ]
    return {"kind": "steps", "label": "Steps of the lesson", "steps": found}
