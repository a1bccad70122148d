"""Predicted against measured: every trial a person made."""

from collections.abc import Sequence

import plotly.graph_objects as go

LINE = {"dash": "dot", "width": 1, "color": "gray"}


def agreement(points: Sequence[tuple[float, float]]) -> go.Figure:
    """Return the scatter of predicted and measured changes of loss, in nats, with the line of perfect agreement."""
    predicted, measured = zip(*points, strict=True)
    reach = 1.1 * max(abs(value) for pair in points for value in pair) or 1.0
    hover = "predicted %{x:.5f}<br>measured %{y:.5f}<extra></extra>"
    figure = go.Figure(go.Scatter(x=predicted, y=measured, mode="markers", marker={"size": 9}, hovertemplate=hover))
    figure.add_shape(type="line", x0=-reach, x1=reach, y0=-reach, y1=reach, line=LINE)
    axes = {"range": [-reach, reach], "zeroline": True}
    return figure.update_layout(
        height=300,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis=axes | {"title": {"text": "predicted change of loss (nats)"}},
        yaxis=axes | {"title": {"text": "measured (nats)"}},
    )
