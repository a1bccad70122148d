"""How a training goes."""

import plotly.graph_objects as go


def loss_curve(curve: list[list[float]]) -> go.Figure:
    """Return the loss of each step (nats) over epochs, for ``[[epoch, loss], …]``."""
    figure = go.Figure(go.Scatter(x=[point[0] for point in curve], y=[point[1] for point in curve], mode="lines"))
    figure.update_layout(height=240, margin={"l": 8, "r": 8, "t": 8, "b": 8})
    figure.update_xaxes(title="epoch")
    figure.update_yaxes(title="training loss (nats)", rangemode="tozero")
    return figure
