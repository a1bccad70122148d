"""Predicted against measured removals where leverages are large."""

from typing import Any

import plotly.graph_objects as go

from explorer.experiments.figure_base import GREEN, GREY, HELPFUL, ExperimentFigure, with_axes

METHODS = {
    "influence": ("influence, first order", HELPFUL, "circle"),
    "newton": ("newton, with leverage", GREEN, "diamond-open"),
}


def figures(result: dict[str, Any]) -> list[ExperimentFigure]:
    """Return the scatter of all pairs, with the line on which prediction and refit are equal."""
    measured, figure = result["measured"], go.Figure()
    low, high = min(measured), max(measured)
    line = {"color": GREY, "dash": "dot", "width": 1}
    figure.add_scatter(x=[low, high], y=[low, high], mode="lines", line=line, name="both equal", hoverinfo="skip")
    for method, (name, colour, symbol) in METHODS.items():
        figure.add_scatter(
            x=result["predicted"][method],
            y=measured,
            mode="markers",
            name=name,
            customdata=result["leverage"],
            marker={"color": colour, "symbol": symbol, "size": 6, "opacity": 0.6},
            hovertemplate="leverage %{customdata:.2f}<br>predicted %{x:.4f}<br>measured %{y:.4f}<extra></extra>",
        )
    each = "; ".join(_summary(name, result["agreement"][method]) for method, (name, _, _) in METHODS.items())
    summary = f"With only {result['n_train']:,} training images: {each}"
    axes = ("predicted change of loss (nats)", "measured change of loss (nats)")
    return [ExperimentFigure(with_axes(figure, *axes, height=400), "Predicted and measured", summary, f"{summary}.")]


def _summary(name: str, agreement: dict[str, dict[str, float]]) -> str:
    slope, pearson = agreement["slope"]["value"], agreement["pearson"]["value"]
    return f"{name}: the measured change is {slope:.2f} times the predicted one (Pearson {pearson:.4f})"
