"""The lesson's live figures in the plane, steps 2 to 6: the server sends points, the browser computes every drag.

A round trip costs 90 ms, a refit of 40 points in JavaScript 0.1 ms; so mathematics and drawing are ``lesson/plane/*.js``.
"""

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, TypedDict

import streamlit as st

from explorer.app import urls
from explorer.app.components import loader
from explorer.core.errors import unknown
from explorer.lesson.plane_points import CLASSES, FIGURE_STARTS, LINES

_FOLDER = "pages/learn/lesson/plane"
PRESETS = {**CLASSES, **LINES}
RISK = 2  # the step that needs fresh points


class Refit(TypedDict):
    """How long one refit of a person's own run took, and how many training images it has."""

    seconds: float
    images: int


class PlaneData(TypedDict):
    """What the component of a step is given; points as a link says them."""

    step: int
    refit: Refit
    presets: dict[str, str]
    first: str
    preset: str
    seed: int
    star: str
    points: str
    fresh: str
    address: dict[str, str]
    present: bool


def plane(step: int, refit_seconds: float, images: int = 10_000, present: bool = False) -> None:
    """Draw the live figure of a step, 2 to 6, with the points that ``data=`` and ``seed=`` of the address name.

    With ``present`` it is as large as the window lets it, its controls below it. ``refit_seconds`` is what one refit of the person's own run took, ``images`` how many training images it has. All else of
    the address (``points``, ``hide``, the sliders) the browser reads and writes itself.

    Raises:
        ExplorerError: the address names no preset, or a seed that is no number.
    """
    begins, name, seed = FIGURE_STARTS[step], preset_name(step), urls.int_param("seed") or 0
    data: PlaneData = {
        "step": step,
        "refit": {"seconds": refit_seconds, "images": images},
        "presets": {key: preset.title for key, preset in begins.presets.items()},
        "first": begins.first,
        "preset": name,
        "seed": seed,
        "star": begins.star,
        "points": _points(name, seed),
        "fresh": _fresh(name, seed) if step == RISK else "",
        "address": st.query_params.to_dict(),  # a move in the history must reach the browser as a change
        "present": present,
    }
    _component()(key=f"plane-{step}", data=data)


def preset_name(step: int) -> str:
    """Return the preset that the address names; the step's first where it names one of another step.

    Raises:
        ExplorerError: it names none of any step.
    """
    begins = FIGURE_STARTS[step]
    given = urls.param("data") or begins.first
    if given not in PRESETS:
        raise unknown("data", given[:40], list(begins.presets))
    return given if given in begins.presets else begins.first


@lru_cache(maxsize=64)
def _points(name: str, seed: int) -> str:
    return PRESETS[name].points(seed)


@lru_cache(maxsize=8)
def _fresh(name: str, seed: int) -> str:
    return PRESETS[name].fresh(seed)


@cache
def _component() -> Callable[..., Any]:
    return loader.component("plane", [f"{_FOLDER}/plane.js"], [f"{_FOLDER}/plane.css"])
