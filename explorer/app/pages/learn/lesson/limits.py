"""Step 8 of the lesson: where the estimate fails, each with the experiment that shows it on the person's own run."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from explorer.app import backend, urls
from explorer.app.components.blocks.blocks import Block, doors, draw, heading, small, text
from explorer.app.components.job_progress.offer import draw_offer
from explorer.app.components.markdown.markdown_text import prose
from explorer.app.pages.learn.lesson.steps import TEXTS
from explorer.app.pages.learn.papers import draw_figure
from explorer.experiments import EXPERIMENTS, Experiment
from explorer.experiments.settings import changed_parameters, configure
from explorer.experiments.store import load_result

# What fails: its experiment and parameters, its heading, and why in two or three sentences.
LIMITS: tuple[tuple[str, dict[str, str], str, str], ...] = (
    (
        "large-leverage",
        {},
        "Large leverage",
        "Where there are few images, one of them can hold the model in its direction alone. The tangent then falls far short "
        "of what happens without it.",
    ),
    (
        "group-effects",
        {},
        "Groups",
        "A score asks about one image, with all others still there. What many images do together is not the sum.",
    ),
    (
        "koh-liang-fig2",
        {"model": "small-cnn"},
        "Networks that bend",
        "The empirical risk of a whole network has many valleys, and training need not end at the bottom of one. The formula assumes "
        "a bottom.",
    ),
    (
        "seeds",
        {},
        "Seeds",
        "Train the same network from another seed, and other images may stand behind it. An explanation belongs to one training.",
    ),
    (
        "smooth-training",
        {},
        "Kinks",
        "Kinks and a wild learning rate throw a network about: a little less of one image sends it nearly as far as none of it, and "
        "another way. So no derivative can predict that training. A smooth one can be predicted.",
    ),
)


def draw_limits(top: Sequence[Block]) -> None:
    """Draw step 8 below its head: four limits, two side by side, and below them the one that has a figure of two panels."""
    draw("step", *top, prose(TEXTS / "step8.md"))
    for start in range(0, len(LIMITS) - 1, 2):
        for column, limit in zip(st.columns(2, gap="large"), LIMITS[start : start + 2], strict=True):
            with column:
                _draw_limit(*limit)
    _draw_limit(*LIMITS[-1])


def _draw_limit(name: str, settings: dict[str, str], title: str, why: str) -> None:
    experiment = configure(EXPERIMENTS[name], settings)
    run = urls.run_name() if urls.param("run") else experiment.run_name
    draw(f"{name}-words", heading(title), text(why))
    run_id = backend.runs().get(run, run if urls.param("run") else "")  # the address may say an id
    result = load_result(experiment, run_id) if run_id else None
    if result is not None:
        _draw_result(experiment, result)
    elif run_id:
        _draw_start_button(experiment, run)
    else:
        draw(f"{name}-missing", small(f"It is measured on the run {run}, which is not there yet."))
    address = urls.address("learn", **urls.learn_state(view="experiments", name=name, **settings))
    draw(f"{name}-door", doors(("The whole experiment", address)))


def _draw_start_button(experiment: Experiment, run: str) -> None:
    """Draw the button that measures a limit, and below it how long that takes."""
    words = (
        "experiment",
        run,
        experiment.name,
        *(f"--set={key}={value}" for key, value in changed_parameters(experiment).items()),
    )
    draw_offer("Measure it", ":material/science:", *words, key=f"measure-{experiment.name}", takes=experiment.duration)


def _draw_result(experiment: Experiment, result: dict[str, Any]) -> None:
    figures = experiment.figures(result)
    if figures:
        draw_figure(figures[0], f"{experiment.name}-figure")
