"""More images than a browser is given at once: it asks for a window, and gets its points where they are few, else counts.

An answer is binary: six numbers of 32 bits (kind, how many, parts along an axis, whether values are known, and the two last are
zero), the window as four shares in float32, then arrays, those of wider numbers first.
"""

import re
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from explorer.core.errors import ExplorerError
from explorer.core.keyed_cache import keyed_cache
from explorer.evaluation.point_grid import STEPS, Line, PointGrid, Window, bins_of, commonest, mean_level
from explorer.runs import selections

# From so many images on a browser asks for windows; so many points it is given at most, 2.5 MB.
MANY, MOST = 50_000, 100_000
# Parts along an axis of a window without single points; two pixels each on a wide screen.
BINS = 256
# What is sent around the window that is seen, as a share of it, so that a small move needs no answer.
MARGIN = 0.25
# Crowds in memory, each with 26 bytes an image; all that the pages keep.
KEPT = 16
# Answers in memory, the largest 2.5 MB: what everybody sees first is counted once.
ANSWERS = 32
DENSITY, POINTS = 0, 1
LONGEST = 10_000  # corners of a drawn line


@dataclass(frozen=True, eq=False)
class Crowd:
    """Many images as points.

    Attributes:
        grid: where they lie.
        codes: ``(n,)`` uint16, class or level of each, as :class:`~explorer.app.components.scatter.scatter.Shade` has them.
        classes: how many classes ``codes`` tells apart; 0 where they are levels.
        sides: which images they are, in order.
        facts: label and prediction (uint16), probability and value (float32; empty without values), ``(n,)`` each.
    """

    grid: PointGrid
    codes: np.ndarray
    classes: int
    sides: Mapping[str, int]
    facts: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Look:
    """What is looked at.

    Attributes:
        window: the part of the plane that is seen.
        named: the classes with a colour of their own; empty where all have one.
        hidden: places in ``named``, or classes, that are not shown; −1 are all others.
        selection: the key of chosen images; empty without any.
    """

    window: Window
    named: tuple[int, ...] = ()
    hidden: tuple[int, ...] = ()
    selection: str = ""


_crowds: OrderedDict[str, Crowd] = OrderedDict()
_lock = threading.Lock()


def keep(token: str, crowd: Crowd) -> None:
    """Keep a crowd in memory under its token, and let the one go that was not looked at for longest."""
    with _lock:
        _crowds[token] = crowd
        while len(_crowds) > KEPT:
            _crowds.popitem(last=False)


def crowd_of(token: str) -> Crowd:
    """Return a crowd that is kept.

    Raises:
        ExplorerError: it is not.
    """
    with _lock:
        if token not in _crowds:
            raise ExplorerError("This map is no longer kept in memory; open the page again.")
        _crowds.move_to_end(token)
        return _crowds[token]


def chosen_within(crowd: Crowd, line: Line, look: Look) -> dict[str, np.ndarray]:
    """Return the rows of each side that lie within a line and are not hidden."""
    rows = crowd.grid.within(line) if len(line) > 2 else np.empty(0, dtype=np.int64)
    return by_side(crowd, rows[_shown(crowd, rows, look)])


def by_side(crowd: Crowd, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Return points ``(k,)``, ascending, as rows of each side."""
    ends = np.cumsum([*crowd.sides.values()])
    parts = np.split(rows, np.searchsorted(rows, ends[:-1]))
    return {
        side: part - (end - count) for (side, count), end, part in zip(crowd.sides.items(), ends, parts, strict=True)
    }


def packed_answer(crowd: Crowd, look: Look) -> bytes:
    """Return the points of a window with a margin, or without, where they are at most ``MOST``; else counts of its parts."""
    wide = _widened(look.window)
    for window in (wide, look.window):
        if look.hidden or crowd.grid.at_least(window) <= MOST:
            rows = _seen(crowd, window, look)
            if len(rows) <= MOST:
                return _points(crowd, np.sort(rows), window, look)
    return _density(crowd, _seen(crowd, wide, look), wide, look)


def _seen(crowd: Crowd, window: Window, look: Look) -> np.ndarray:
    """Return the points ``(k,)`` of a window that are of no hidden class."""
    rows = crowd.grid.in_window(window)
    return rows[_shown(crowd, rows, look)] if look.hidden else rows


def _points(crowd: Crowd, rows: np.ndarray, window: Window, look: Look) -> bytes:
    """Return the points ``(k,)`` with what is known of each."""
    values, facts = crowd.facts["values"], crowd.facts
    chosen = _chosen_points(crowd, look)
    arrays = [
        rows.astype("<u4"),
        facts["sure"][rows].astype("<f4"),
        values[rows].astype("<f4") if len(values) else values,
        crowd.grid.places[rows].astype("<u2"),
        *(column[rows].astype("<u2") for column in (crowd.codes, facts["labels"], facts["predicted"])),
        chosen[rows] if len(chosen) else np.zeros(len(rows), dtype=np.uint8),
    ]
    return _joined((POINTS, len(rows), 0, int(len(values) > 0)), window, arrays)


def _density(crowd: Crowd, rows: np.ndarray, window: Window, look: Look) -> bytes:
    """Return for each part of a window how many points it has, their commonest class or mean level, and the share of chosen ones."""
    parts, codes = bins_of(crowd.grid.places[rows], window, BINS), crowd.codes[rows]
    counts = np.bincount(parts, minlength=BINS**2)
    if crowd.classes:
        slots = _slots(crowd, look)
        shades = commonest(parts, slots[codes], BINS, int(slots.max()) + 1)
    else:
        shades = mean_level(parts, codes, BINS)
    chosen = _chosen_points(crowd, look)
    share = np.full(BINS**2, 255)
    if len(chosen):
        share = np.ceil(255 * np.bincount(parts, weights=chosen[rows], minlength=BINS**2) / np.maximum(counts, 1))
    arrays = [counts.astype("<u4"), shades, share.astype(np.uint8)]
    return _joined((DENSITY, len(rows), BINS, 0), window, arrays)


def _joined(head: Sequence[int], window: Window, arrays: Sequence[np.ndarray]) -> bytes:
    numbers, shares = np.array([*head, 0, 0], dtype="<u4"), np.array(window, dtype="<f4") / np.float32(STEPS - 1)
    return b"".join(np.ascontiguousarray(array).tobytes() for array in (numbers, shares, *arrays))


def _slots(crowd: Crowd, look: Look) -> np.ndarray:
    """Return for each class its place among those with a colour; all others have the place after the last."""
    if not look.named:
        return np.arange(crowd.classes)
    slots = np.full(crowd.classes, len(look.named))
    slots[list(look.named)] = np.arange(len(look.named))
    return slots


def _shown(crowd: Crowd, rows: np.ndarray, look: Look) -> np.ndarray:
    """Return which points ``(k,)`` are of no hidden class."""
    if not crowd.classes or not look.hidden:
        return np.ones(len(rows), dtype=bool)
    hidden = [len(look.named) if slot < 0 else slot for slot in look.hidden]
    return np.isin(_slots(crowd, look), hidden, invert=True)[crowd.codes[rows]]


def _widened(window: Window) -> Window:
    left, bottom, right, top = window
    across, up = MARGIN * (right - left), MARGIN * (top - bottom)
    return max(0.0, left - across), max(0.0, bottom - up), min(STEPS - 1.0, right + across), min(STEPS - 1.0, top + up)


def _chosen_points(crowd: Crowd, look: Look) -> np.ndarray:
    """Return for each point ``(n,)`` uint8 whether it is chosen; nothing where none is."""
    return _mask(look.selection, tuple(crowd.sides.items())) if look.selection else np.empty(0, dtype=np.uint8)


@keyed_cache(KEPT)
def _mask(key: str, sides: tuple[tuple[str, int], ...]) -> np.ndarray:
    chosen, masks = selections.load(key), []
    for side, count in sides:
        masks.append(np.zeros(count, dtype=np.uint8))
        rows = getattr(chosen, side)
        masks[-1][rows[rows < count]] = 1
    return np.concatenate(masks)


def look_of(state: Mapping[str, object], classes: int) -> Look:
    """Return what an address or a message asks for; names of classes and windows that are none are refused.

    Raises:
        ExplorerError: it cannot be read.
    """
    named, hidden = (_whole(state.get(name), low, classes) for name, low in (("named", 0), ("hidden", -1)))
    shares = [
        float(part) for part in re.findall(r"-?[0-9]+\.?[0-9]*(?:e-[0-9]+)?", str(state.get("window") or "0,0,1,1"))
    ]
    if len(shares) != 4:
        raise ExplorerError("The part of the map that is asked for cannot be read; reload the page.")
    left, bottom, right, top = (min(max(share, 0.0), 1.0) * (STEPS - 1) for share in shares)
    key = str(state.get("selection") or "")
    return Look((left, bottom, right, top), named, hidden, key if selections.KEY.fullmatch(key) else "")


def _whole(given: object, low: int, below: int) -> tuple[int, ...]:
    text = str(given or "")
    if not re.fullmatch(r"(-?[0-9]{1,6}(,-?[0-9]{1,6})*)?", text):
        raise ExplorerError(
            f"The classes that are asked for are {text[:40]!r}; they must be numbers with commas between."
        )
    numbers = tuple(int(part) for part in text.split(",") if part)
    if any(not low <= number < below for number in numbers):
        raise ExplorerError(f"There is no such class; the numbers go from {low} to {below - 1}.")
    return numbers


def line_of(given: object) -> list[tuple[float, float]]:
    """Return the corners of a drawn line in steps, from shares that a browser says.

    Raises:
        ExplorerError: it says something else.
    """
    try:
        corners = np.array(given, dtype=float).reshape(-1, 2)
    except (TypeError, ValueError) as error:
        raise ExplorerError("What was drawn on the map cannot be read; draw the line again.") from error
    if len(corners) > LONGEST or not np.isfinite(corners).all():
        raise ExplorerError(
            f"The drawn line has {len(corners):,} corners; at most {LONGEST:,} are read. Draw it again."
        )
    return [(float(x), float(y)) for x, y in corners * (STEPS - 1)]


@keyed_cache(ANSWERS)
def _answer(token: str, look: Look) -> bytes:
    return packed_answer(crowd_of(token), look)


def answer(request: Request) -> Response:
    """Respond with a window of a crowd, or with 404 and the reason."""
    try:
        token = request.path_params["token"]
        content = _answer(token, look_of(request.query_params, crowd_of(token).classes))
    except (ExplorerError, OSError) as error:
        return PlainTextResponse(str(error), status_code=404)
    return Response(content, media_type="application/octet-stream", headers={"Cache-Control": "no-store"})


ROUTES = [Route("/crowd/{token:str}", answer)]
