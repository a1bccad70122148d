"""Points of the lesson's figures: named presets drawn by NumPy from a seed, rounded to the grid that an address can hold."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

# The field is |x|, |y| ≤ SPAN and points lie on its hundredths; app/pages/learn/lesson/plane/notation.js has the same.
SPAN, GRID = 4, 100
CAT, DOG, POINT = "cdp"
# Fresh points that stand for the distribution: an average loss over 2,000 has a standard error of about 0.01.
FRESH = 2000
SIZE = 40  # points of two classes: few enough to see each, enough that one of them moves the boundary only a little
LINE_SIZE = 20  # with 20 points no point of small leverage and small residual can have Cook's distance 0.5

Draw = Callable[[np.random.Generator, int], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Preset:
    """A distribution of points.

    Attributes:
        title: what a person reads in the menu.
        draw: from a generator and how many: places ``(n, 2)`` and letters ``(n,)``.
        size: how many points the figure begins with.
    """

    title: str
    draw: Draw
    size: int = SIZE

    def points(self, seed: int) -> str:
        """Return the points of a seed as a link says them."""
        return format_points(*self.draw(np.random.default_rng([seed, 0]), self.size))

    def fresh(self, seed: int) -> str:
        """Return many more points of the same distribution, none of them among :meth:`points`."""
        return format_points(*self.draw(np.random.default_rng([seed, 1]), FRESH))


def format_points(places: np.ndarray, letters: np.ndarray) -> str:
    """Return points as they stand in a link: a letter and two whole numbers of hundredths, ``c-125_50d400_-400``."""
    whole = np.rint(GRID * np.clip(places, -SPAN, SPAN)).astype(int)
    return "".join(f"{letter}{x}_{y}" for letter, (x, y) in zip(letters, whole, strict=True))


def _clouds(apart: float, spread: float, cats: float = 0.5) -> Draw:
    def draw(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
        dogs = np.arange(count) >= round(cats * count)
        middle = np.where(dogs[:, None], [apart, 0.5 * apart], [-apart, -0.5 * apart])
        return middle + spread * rng.normal(size=(count, 2)), np.where(dogs, DOG, CAT)

    return draw


def _wild(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """A seventh of the points are cats that lie behind the dogs."""
    places, letters = _clouds(1.4, 0.7)(rng, count)
    wild = np.arange(count) < count // 7
    places[wild] = [2.9, 2.9] + 0.3 * rng.normal(size=(wild.sum(), 2))
    return places, letters


def _mislabelled(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """A fifth of the cats are called dogs."""
    places, letters = _clouds(1.4, 0.8)(rng, count)
    letters[: count // 10] = DOG
    return places, letters


def _line(low: float, high: float, *more: tuple[float, float]) -> Draw:
    def draw(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
        x = rng.uniform(low, high, count)
        places = np.column_stack([x, 0.6 * x + 0.45 * rng.normal(size=count)])
        places[: len(more)] = np.array(more).reshape(-1, 2)
        return places, np.full(count, POINT)

    return draw


CLASSES: Mapping[str, Preset] = {
    "clouds": Preset("Two clouds", _clouds(1.3, 0.8)),
    "overlap": Preset("Overlapping clouds", _clouds(0.7, 1.0)),
    "wild": Preset("Wild cats behind the dogs", _wild),
    "mislabelled": Preset("Some cats called dogs", _mislabelled),
    "few-cats": Preset("Few cats, many dogs", _clouds(1.0, 0.9, cats=0.15)),
}
LINES: Mapping[str, Preset] = {
    "line": Preset("Points along a line", _line(-2.5, 2.0), LINE_SIZE),
    "far": Preset("One point far out, on the line", _line(-2.5, 1.0, (3.8, 2.28)), LINE_SIZE),
    "outlier": Preset("One point far off the line", _line(-2.5, 2.0, (-0.2, 3.2)), LINE_SIZE),
}
# A test point of the first class that the boundary gets wrong, or nearly.
STAR = "c50_30"


@dataclass(frozen=True)
class FigureStart:
    """What a step's figure shows before anybody has chosen anything: one of its presets, and the test point."""

    presets: Mapping[str, Preset]
    first: str
    star: str = STAR


FIGURE_STARTS: Mapping[int, FigureStart] = {
    2: FigureStart(CLASSES, "overlap"),  # empirical and expected risk differ to the eye
    3: FigureStart(CLASSES, "wild"),  # one of few wild cats moves the boundary far
    4: FigureStart(CLASSES, "wild"),  # the first point is a wild cat: refit and tangent part visibly
    5: FigureStart(CLASSES, "overlap", "c20_-200"),  # far along the axis that stretching makes small
    6: FigureStart(LINES, "line"),
}
