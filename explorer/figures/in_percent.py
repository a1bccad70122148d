"""Shares in a figure, written in percent as they are on the rest of a page; Plotly's own way has no space before the sign."""

import re
from math import ceil, floor
from typing import Any, Literal

import plotly.graph_objects as go

from explorer.core.phrases import percent

# Distances between two ticks, and how many there are at most.
STEPS, MOST = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5), 6


def in_percent(figure: go.Figure, axis: Literal["x", "y"], span: tuple[float, float] | None = None) -> go.Figure:
    """Return the figure, which is changed: ticks of an axis of shares, and the values under the pointer, in percent.

    Args:
        figure: whose traces have shares along the axis.
        axis: of the shares.
        span: from where to where there are ticks; by default as far as the shares go.
    """
    for trace in figure.data:
        trace.update(_hover(trace, axis))
    every = [float(value) for trace in figure.data for value in trace[axis]]
    written = ticks(*(span or (min(every, default=0.0), max(every, default=1.0))))
    return figure.update_xaxes(**written) if axis == "x" else figure.update_yaxes(**written)


def ticks(low: float, high: float) -> dict[str, Any]:
    """Return what an axis of shares from ``low`` to ``high`` is given: round values in percent, one of them on either side."""
    at = places(low, high)
    return {"tickvals": at, "ticktext": [percent(each, 0) for each in at]}


def places(low: float, high: float) -> list[float]:
    """Return round values from ``low`` to ``high``, of which one may be below and one above."""
    step = next((each for each in STEPS if high - low <= (MOST - 1) * each), STEPS[-1])
    return [round(step * at, 2) for at in range(floor(low / step + 1e-9), ceil(high / step - 1e-9) + 1)]


def _hover(trace: Any, axis: str) -> dict[str, Any]:
    """Return what changes in a trace whose hover text has a share: the text, and the shares in percent."""
    found = re.search(rf"%\{{{axis}:\.(\d)%\}}", trace.hovertemplate or "")
    if not found:
        return {}
    said = trace.hovertemplate.replace(found[0], "%{customdata}")
    return {"hovertemplate": said, "customdata": [percent(float(value), int(found[1])) for value in trace[axis]]}
