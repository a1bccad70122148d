"""How sure a prediction stays when parts of the training set are left out (Han, Wallace & Tsvetkov 2020)."""

from typing import Any

import plotly.graph_objects as go

from explorer.core.phrases import percent
from explorer.experiments.figure_base import GREEN, GREY, HARMFUL, HELPFUL, ExperimentFigure, with_axes

STYLES = {
    "helpful": ("the most helpful", HELPFUL, "solid", "triangle-up"),
    "random": ("at random", GREY, "dot", "x"),
    "least": ("the least influential", GREEN, "dashdot", "circle"),
    "harmful": ("the most harmful", HARMFUL, "dash", "triangle-down"),
}


def figures(result: dict[str, Any]) -> list[ExperimentFigure]:
    """Return the mean change of the predicted class's probability over the share left out, with standard errors."""
    figure = go.Figure([_line(result["shares"], curve, *STYLES[name]) for name, curve in result["curves"].items()])
    with_axes(figure, "share of the training images left out", "change of P(predicted class), points")
    ticks = [percent(share).replace(".0", "") for share in result["shares"]]
    figure.update_xaxes(type="log", tickvals=result["shares"], ticktext=ticks)
    last = {name: f"{STYLES[name][0]} {curve['mean'][-1]:+.1f} points" for name, curve in result["curves"].items()}
    alt = f"Change of the predicted class's probability without {ticks[-1]} of the training images: {', '.join(last.values())}"
    caption = f"Means over {result['tests']} test images with their standard errors; every point is {result['tests']} real refits."
    return [ExperimentFigure(figure, "Without whom is the prediction lost?", alt, caption)]


def _line(shares: list[float], curve: dict[str, Any], name: str, colour: str, dash: str, symbol: str) -> go.Scatter:
    return go.Scatter(
        x=shares,
        y=curve["mean"],
        error_y={"type": "data", "array": curve["standard_error"]},
        name=name,
        mode="lines+markers",
        line={"color": colour, "dash": dash},
        marker={"symbol": symbol, "size": 9},
        customdata=[percent(share).replace(".0", "") for share in shares],
        hovertemplate=f"{name}<br>%{{customdata}} left out: %{{y:+.1f}} points<extra></extra>",
    )
