"""What a person chooses on a scatter, read from what the browser tells, and kept as a selection whose key stands in the address."""

import base64
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import streamlit as st

from explorer.app import urls
from explorer.app.components.scatter import crowd as crowds
from explorer.app.components.scatter.scatter import ScatterBlock
from explorer.core.errors import ExplorerError
from explorer.runs import selections
from explorer.runs.run import Run
from explorer.runs.selections import Selection


def chosen_rows(packed: Any, sides: Mapping[str, int]) -> dict[str, np.ndarray]:
    """Return the rows of each side that a browser says were chosen: one bit a point, in base64.

    Raises:
        ExplorerError: it says something else.
    """
    count = sum(sides.values())
    try:
        bits = np.unpackbits(np.frombuffer(base64.b64decode(packed, validate=True), np.uint8), bitorder="little")
    except (ValueError, TypeError) as error:
        raise ExplorerError("What was chosen on the map cannot be read; choose the images again.") from error
    if not count <= len(bits) < count + 8:
        raise ExplorerError(f"The map has {count:,} images, and {len(bits):,} were named; choose the images again.")
    parts = np.split(bits[:count], np.cumsum(list(sides.values()))[:-1])
    return {side: np.flatnonzero(part) for side, part in zip(sides, parts, strict=True)}


def chosen_of_many(told: Mapping[str, Any], block: ScatterBlock) -> dict[str, np.ndarray]:
    """Return the rows of each side that a browser means by a line in shares of the frame, or by one point of a crowd.

    Raises:
        ExplorerError: it says something else, or the crowd is no longer kept.
    """
    crowd = crowds.crowd_of(block["crowd"])
    row = told.get("row")
    if isinstance(row, int) and 0 <= row < block["images"]:
        return crowds.by_side(crowd, np.array([row]))
    return crowds.chosen_within(crowd, crowds.line_of(told.get("line")), crowds.look_of(told, crowd.classes))


def listener(key: str, block: ScatterBlock) -> Callable[[], None]:
    """Return what is called when points of a scatter in the element ``key`` are chosen: it writes the address."""

    def heard() -> None:
        lasso = st.session_state[key]["lasso"]
        if not lasso or lasso.get("frame") != block["frame"]:
            return  # chosen on another picture than the one that stands now
        chosen = (
            chosen_of_many(lasso, block) if block["crowd"] else chosen_rows(lasso.get("rows"), dict(block["sides"]))
        )
        _address(selections.save_sides(block["run"], chosen) if any(map(len, chosen.values())) else "")

    return heard


def selected(run: Run) -> Selection | None:
    """Return the selection that the address asks for, or None where it asks for none or for another run's.

    Raises:
        ExplorerError: the key is unknown.
    """
    key = urls.param("selection")
    selection = selections.load(key) if key else None
    return selection if selection and selection.run_id == run.id else None


def _address(key: str) -> None:
    for name in ("selection", "page"):
        st.query_params.pop(name, None)
    if key:
        st.query_params["selection"] = key
