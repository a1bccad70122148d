"""The lesson: eight steps, each a few sentences and a figure that is computed while a person looks at it."""

import time
from collections.abc import Callable, Sequence
from typing import Literal, TypedDict

import numpy as np

from explorer.app import backend, urls
from explorer.app.components.blocks.blocks import Block, Link, draw, heading
from explorer.app.components.markdown.markdown_text import prose
from explorer.app.pages.learn.lesson.plane.plane import plane
from explorer.app.pages.learn.lesson.steps import STEPS, TEXTS, current_step, step_link, steps_block
from explorer.app.pages.learn.lesson.story import draw_puzzle, draw_repair
from explorer.app.pages.learn.teaching.questions import quiz_block
from explorer.core.errors import ExplorerError
from explorer.core.keyed_cache import keyed_cache
from explorer.evaluation.refit import refit_without

# The step that says what all refits of a person's own run would take.
LEAVE = 3
# The first refit also reads the features from the disk.
REPEATS = 3


def _draw_limits(top: Sequence[Block]) -> None:
    # all experiments with their figures are 66 modules, which the other steps do not need
    from explorer.app.pages.learn.lesson.limits import draw_limits

    draw_limits(top)


# Steps on a person's own run, and what draws them below these blocks; all others are figures in the plane.
ON_RUN: dict[int, Callable[[Sequence[Block]], None]] = {1: draw_puzzle, 7: draw_repair, 8: _draw_limits}


def draw_lesson() -> None:
    """Draw the step that the address asks for."""
    current = current_step()
    top = [steps_block(current), heading(f"{current}. {STEPS[current][1]}")]
    if current in ON_RUN:
        ON_RUN[current](top)
    else:
        draw("step", *top, prose(TEXTS / f"step{current}.md"))
        plane_of(current)
    draw("onward", heading("Three questions"), quiz_block(current), onward_block(current))


def plane_of(step: int, present: bool = False) -> None:
    """Draw the live figure of a step; ``present`` draws it as large as a wall lets it."""
    seconds, images = refit_cost() if step == LEAVE else (0.0, 0)
    plane(step, seconds, images, present)


class OnwardBlock(TypedDict):
    """Links to the steps before and after."""

    kind: Literal["onward"]
    links: list[Link]


def onward_block(current: int) -> OnwardBlock:
    """Return the links to the steps before and after."""
    before = f"← {STEPS[current - 1][0]}" if current > 1 else ""
    after = f"{STEPS[current + 1][0]} →" if current < len(STEPS) else ""
    neighbours = ((before, current - 1), (after, current + 1))
    return {"kind": "onward", "links": [{"label": label, "href": step_link(to)} for label, to in neighbours if label]}


def refit_cost() -> tuple[float, int]:
    """Return how long a refit without one image took in the person's run, in seconds, and how many images it has; 0 and 0
    where there is no run."""
    try:
        return measured_refit(urls.run_id())
    except ExplorerError:  # the lesson's points need no run
        return 0.0, 0


@keyed_cache(backend.RUNS)
def measured_refit(run_id: str) -> tuple[float, int]:
    """Refit a run's head without one image, for some images; return the least seconds that it took, and n."""
    run, seconds = backend.warm_run(run_id), []
    for row in range(REPEATS):
        start = time.perf_counter()
        refit_without(run.curvature, [np.array([row])])
        seconds.append(time.perf_counter() - start)
    return min(seconds), len(run.train_labels)
