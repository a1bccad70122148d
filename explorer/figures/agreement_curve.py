"""How the agreement with real refits depends on λ."""

from typing import Any

import plotly.graph_objects as go


def lds_curve(curve: list[dict[str, Any]]) -> go.Figure:
    """Return the linear datamodeling score of the default method over λ, with 95 % intervals; the run's own λ is the star."""
    values = [point["value"] for point in curve]
    figure = go.Figure(
        go.Scatter(
            x=[point["l2"] for point in curve],
            y=values,
            mode="lines+markers",
            marker={
                "size": [14 if point["times"] == 1 else 8 for point in curve],
                "symbol": ["star" if point["times"] == 1 else "circle" for point in curve],
            },
            error_y={
                "array": [point["high"] - point["value"] for point in curve],
                "arrayminus": [point["value"] - point["low"] for point in curve],
            },
            hovertemplate="λ %{x:.4g}<br>LDS %{y:.3f}<extra></extra>",
        )
    )
    return figure.update_layout(
        height=300,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis={"type": "log", "dtick": 1, "title": {"text": "λ"}},
        yaxis={"title": {"text": "LDS (1 is perfect)"}, "range": [min(0.0, *values), 1.02]},
    )
