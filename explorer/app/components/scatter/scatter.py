"""Images as points: hover shows the picture, a drawn line chooses some; what is chosen lives in the address under a key.

Numbers travel as base64 of their bytes: 12,000 points are 0.3 MB, as JSON they would be five times as much.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any, Literal, TypedDict, cast

import numpy as np

from explorer.app import urls
from explorer.app.components.scatter import crowd as crowds
from explorer.app.components.scatter.crowd import MANY, Crowd
from explorer.app.components.search_field.found_images import FEW
from explorer.core.checksums import canonical, digest
from explorer.evaluation.point_grid import STEPS, PointGrid
from explorer.runs.run import Run
from explorer.runs.selections import Selection

# Steps of a colour ramp, and the step that means *not known*; scatter/palette.js has the same.
LEVELS, NOTHING = 255, 255
# The share of values above the end of a ramp.
STRAY = 0.01
# Of more classes than FEW only the NAMED largest have a colour and a place in the legend; further ones are asked for by name.
NAMED = 12


@dataclass(frozen=True)
class Axis:
    """A title and where numbers stand along an axis, in shares of the frame: ``(0.5, "10")``; and the numbers at its ends.

    ``low`` and ``high`` are powers of ten where the axis is logarithmic (``log``).
    """

    title: str
    ticks: Sequence[tuple[float, str]] = ()
    low: float = 0.0
    high: float = 1.0
    log: bool = False


@dataclass(frozen=True)
class Curve:
    """A line over the points through places in shares of the frame; its words stand left of it, ``at`` this share of it."""

    points: Sequence[tuple[float, float]]
    text: str = ""
    dashed: bool = False
    at: float = 0.5


@dataclass(frozen=True)
class Word:
    """Words at a place in shares of the frame; ``end`` and ``low`` let them stand left of it and above it."""

    text: str
    x: float
    y: float
    end: bool = False
    low: bool = False


@dataclass(frozen=True, eq=False)
class Shade:
    """What colours the points.

    Attributes:
        title: of the legend.
        codes: ``(k,)``: a class for each point, or a level from 0 to 254, 255 where it is not known.
        names: of the classes; empty for levels.
        values: ``(k,)`` what the levels stand for; NaN where it is not known.
        ticks: along the legend of levels, evenly spaced.
    """

    title: str
    codes: np.ndarray
    names: Sequence[str] = ()
    values: np.ndarray = field(default_factory=lambda: np.empty(0))
    ticks: Sequence[str] = ()


@dataclass(frozen=True, eq=False)
class Cloud:
    """All images of one or both sides of a run as points.

    Attributes:
        places: ``(k, 2)`` shares of the frame, 0 to 1, y upward.
        sides: which images they are, in order, such as ``{"train": 10_000, "test": 2_000}``.
        label: what a screen reader calls it.
        frame: changes whenever the places mean something else, so that the view starts anew.
    """

    places: np.ndarray
    sides: Mapping[str, int]
    label: str
    frame: str
    axes: Mapping[str, Axis] = field(default_factory=dict)
    curves: Sequence[Curve] = ()
    words: Sequence[Word] = ()


class ShadeShape(TypedDict):
    """What the legend needs of a :class:`Shade`."""

    title: str
    kind: Literal["classes", "levels"]
    names: list[str]
    ticks: list[str]


class ScatterBlock(TypedDict):
    """A field of points, numbers as base64 of their bytes; ``token`` changes with anything but what is chosen.

    Of more than ``MANY`` images nothing is in the message: the browser asks ``/crowd/<crowd>`` for what is seen. ``selected`` is the
    key of the chosen images, and ``found`` their number.
    """

    kind: Literal["scatter"]
    run: str
    label: str
    frame: str
    sides: list[tuple[str, int]]
    names: list[str]
    places: str
    codes: str
    labels: str
    predicted: str
    sure: str
    values: str
    shade: ShadeShape
    named: list[int]
    axes: dict[str, Annotated[dict[str, Any], Axis]]
    curves: list[Annotated[dict[str, Any], Curve]]
    words: list[Annotated[dict[str, Any], Word]]
    chosen: str
    token: str
    crowd: str
    images: int
    selected: str
    found: int


def scatter(run: Run, cloud: Cloud, shade: Shade) -> ScatterBlock:
    """Return the points of a run's images; :func:`with_chosen` marks some of them.

    Axes are stretched where they are named; else both have one scale.
    """
    labels, probabilities = (np.concatenate([*map(of, cloud.sides)]) for of in (run.labels, run.probabilities))
    columns = {
        "places": np.rint(np.clip(cloud.places, 0, 1) * (STEPS - 1)).astype(np.uint16),
        "codes": shade.codes.astype(np.uint16),
        "labels": labels.astype(np.uint16),
        "predicted": probabilities.argmax(axis=1).astype(np.uint16),
        "sure": probabilities.max(axis=1).astype(np.float32),
        "values": shade.values.astype(np.float32),
    }
    many = len(labels) > MANY
    data = _without_columns(run, cloud, shade) | {
        name: "" if many else _packed(column) for name, column in columns.items()
    }
    if many:
        data["crowd"] = _kept(columns, len(shade.names), cloud.sides)
    data["token"] = digest(canonical(data))[:16]
    return cast(ScatterBlock, data)


def _kept(columns: Mapping[str, np.ndarray], classes: int, sides: Mapping[str, int]) -> str:
    """Keep many points in the server and return their token: the hash of all of them."""
    token = digest(b"".join(np.ascontiguousarray(column).tobytes() for column in columns.values()))[:16]
    crowds.keep(token, Crowd(PointGrid.of(columns["places"]), columns["codes"], classes, sides, columns))
    return token


def _without_columns(run: Run, cloud: Cloud, shade: Shade) -> dict[str, Any]:
    """Return what a scatter says beside the numbers of each point."""
    return {
        "kind": "scatter",
        "run": run.id,
        "label": cloud.label,
        "frame": cloud.frame,
        "sides": list(cloud.sides.items()),
        "names": run.class_names,
        "shade": {
            "title": shade.title,
            "kind": "classes" if shade.names else "levels",
            "names": list(shade.names),
            "ticks": list(shade.ticks),
        },
        "named": largest_classes(shade),
        "axes": {name: asdict(axis) for name, axis in cloud.axes.items()},
        "curves": [asdict(curve) for curve in cloud.curves],
        "words": [asdict(word) for word in cloud.words],
        "chosen": "",
        "token": "",
        "crowd": "",
        "images": sum(cloud.sides.values()),
        "selected": "",
        "found": 0,
    }


def with_chosen(block: ScatterBlock, selection: Selection | None) -> ScatterBlock:
    """Return a scatter with the images of a selection marked; of many by its key in the address."""
    sides = dict(block["sides"])
    chosen = {} if selection is None else {"train": selection.train, "test": selection.test}
    found = sum(len(chosen.get(side, ())) for side in sides)
    if block["crowd"]:
        return {**block, "selected": urls.param("selection") or "" if found else "", "found": found}
    mask = [np.isin(np.arange(count), chosen.get(side, ())) for side, count in sides.items()]
    return {**block, "chosen": _packed(np.packbits(np.concatenate(mask), bitorder="little")), "found": found}


def largest_classes(shade: Shade) -> list[int]:
    """Return the classes that have a colour of their own where they are many, those with the most points first; else nothing."""
    if len(shade.names) <= FEW:
        return []
    counts = np.bincount(shade.codes, minlength=len(shade.names))
    return [int(code) for code in np.argsort(-counts, kind="stable")[:NAMED]]


def levels(values: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Return for each value ``(k,)`` its level, and the ends of the scale; NaN has no level.

    The scale is even and ends below the highest hundredth, so that one stray value does not take it all.
    """
    known = np.isfinite(values)
    if not known.any():
        return np.full(len(values), NOTHING), 0.0, 0.0
    low, high = np.quantile(values[known], [0.0, 1 - STRAY])
    shares = (np.nan_to_num(values) - low) / max(float(high - low), np.finfo(float).tiny)
    shades = np.rint(np.clip(shares, 0, 1) * (LEVELS - 1)).astype(int)
    return np.where(known, shades, NOTHING), float(low), float(high)


def _packed(values: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<")).tobytes()).decode()
