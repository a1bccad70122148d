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


def current_step() -> int:
    """Return the number of the step in the address, 1 without one.

    Raises:
        ExplorerError: there is no such step.
    """
    number = urls.int_param("step")
    if number is not None and number not in STEPS:
        raise ExplorerError(f"The step in the address is {number}; the lesson has the steps 1 to {len(STEPS)}.")
    return number or 1


def step_link(number: int) -> str:
    """Return the address of a step; the runs that the address names stay."""
    return urls.address("learn", **urls.learn_state(step=number))


class StepLink(TypedDict):
    """A link to a step of the lesson; ``open`` marks the one that is shown."""

    number: int
    label: str
    href: str
    open: bool


class StepsBlock(TypedDict):
    """The steps of the lesson in a row, and the way to present the open one."""

    kind: Literal["steps"]
    label: str
    steps: list[StepLink]
    present: str


def steps_block(current: int) -> StepsBlock:
    """Return the row of links to all steps; ``current`` is marked as open."""
    links: list[StepLink] = [
        {"number": number, "label": short, "href": step_link(number), "open": number == current}
        for number, (short, _) in STEPS.items()
    ]
    return {
        "kind": "steps",
        "label": "Steps of the lesson",
        "steps": links,
        "present": f"{step_link(current)}&present=1",
    }
