"""Predicted against measured leave-one-out, as in Koh & Liang 2017, figure 2."""

from typing import Any

import plotly.graph_objects as go

from explorer.experiments.figure_base import GREEN, GREY, HELPFUL, ExperimentFigure, with_axes
from explorer.experiments.koh_liang_fig2.agreement import rounded_down

# Each way of predicting: its words, colour and mark, so that colour is not alone.
METHODS = {
    "influence": ("influence, first order", HELPFUL, "circle"),
    "newton": ("newton, with leverage", GREEN, "diamond-open"),
    "network": ("influence of the whole network", HELPFUL, "circle"),
}


def figures(result: dict[str, Any]) -> list[ExperimentFigure]:
    """Return the scatter of predicted and measured changes of loss, with the line on which both are equal."""
    predicted, measured = result["predicted"], result["measured"]
    figure = go.Figure()
    every = [*measured, *(value for values in predicted.values() for value in values)]
    low, high = min(every), max(every)
    line = {"color": GREY, "dash": "dot", "width": 1}
    figure.add_scatter(x=[low, high], y=[low, high], mode="lines", line=line, name="both equal", hoverinfo="skip")
    for method, values in predicted.items():
        name, colour, symbol = METHODS[method]
        figure.add_scatter(
            x=values,
            y=measured,
            mode="markers",
            name=name,
            customdata=result["train_index"],
            marker={"color": colour, "symbol": symbol, "size": 7, "opacity": 0.85},
            hovertemplate="training image %{customdata}<br>predicted %{x:.5f}<br>measured %{y:.5f}<extra></extra>",
        )
    summary = ", ".join(
        f"{METHODS[name][0]}: Pearson {rounded_down(result['agreement'][name]['pearson']['value'])}"
        for name in predicted
    )
    summary = summary[0].upper() + summary[1:]
    alt = f"{result['removals']:,} training images left out one at a time; predicted and measured change of loss. {summary}"
    axes = ("predicted change of loss (nats)", "measured change of loss (nats)")
    return [ExperimentFigure(with_axes(figure, *axes, height=420), "Predicted and measured", alt, f"{summary}.")]
