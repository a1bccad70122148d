"""The steps of the lesson: their names, titles and addresses."""

from pathlib import Path
from typing import Literal, TypedDict

from explorer.app import urls
from explorer.core.errors import ExplorerError

TEXTS = Path(__file__).parent / "text"
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


def step() -> int:
    """Return the step that the address asks for.

    Raises:
        ExplorerError: there is no such step.
    """
    given = urls.int_param("step")
    if given is not None and given not in STEPS:
        raise ExplorerError(f"The step in the address is {given}; the lesson has the steps 1 to {len(STEPS)}.")
    return given or 1


def step_link(number: int) -> str:
    """Return the address of a step; the runs that the address names stay."""
    return urls.address("learn", step=number, run=urls.param("run"))


class StepLink(TypedDict):
    """A link to a step of the lesson; ``open`` marks the one that is shown."""

    number: int
    label: str
    href: str
    open: bool


class StepsBlock(TypedDict):
    """The steps of the lesson in a row."""

    kind: Literal["steps"]
    label: str
    steps: list[StepLink]


def steps(current: int) -> StepsBlock:
    """Return the links to all steps; ``current`` is open."""
    found: list[StepLink] = [
        {"number": number, "label": short, "href": step_link(number), "open": number == current}
        for number, (short, _) in STEPS.items()
    ]
    return {"kind": "steps", "label": "Steps of the lesson", "steps": found}
