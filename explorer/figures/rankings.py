"""How many truly wrong labels each ranking finds."""

from typing import Any

import plotly.graph_objects as go

from explorer.evaluation.audit import RANKINGS
from explorer.figures.in_percent import in_percent

# Markers tell the rankings apart where colours do not; the queue is the thick line.
SYMBOLS = ("circle", "square", "diamond", "cross", "x", "triangle-up", "triangle-down", "star")


def detection_curves(curves: dict[str, Any], where: str) -> go.Figure:
    """Return the share of truly wrong labels among the first images of each ranking.

    Args:
        curves: of an audit, by ranking (:attr:`explorer.runs.results.audit.AuditResult.curves`).
        where: ``"run"`` for the rankings at the run's λ, ``"audit"`` for those at the audit's own; the queue is in both.
    """
    figure = go.Figure()
    for symbol, (name, known) in zip(SYMBOLS, curves.items(), strict=False):
        points, words = known.get(where) or known["audit"], RANKINGS.get(name, "The queue")
        figure.add_scatter(
            x=points["looked_at"],
            y=points["share_wrong"],
            name=words,
            mode="lines+markers",
            line={"width": 4 if name == "queue" else 1.5},
            marker={"symbol": symbol, "size": 7},
            hovertemplate="of the first %{x:,}: %{y:.0%} wrong<extra>" + words + "</extra>",
        )
    return in_percent(figure, "y", (0, 1)).update_layout(
        height=340,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "yanchor": "top", "y": -0.2},
        xaxis={"type": "log", "dtick": 1, "title": {"text": "images looked at"}},
        yaxis={"title": {"text": "of these truly wrong"}, "range": [0, 1.02]},
    )
