"""The sum of single scores beside the refit without the whole group."""

from typing import Any

import plotly.graph_objects as go

from explorer.experiments.figure_base import GREY, HARMFUL, ExperimentFigure, with_axes

ORDERS = {"harmful": ("the most harmful", HARMFUL, "triangle-down"), "random": ("random ones", GREY, "circle")}


def figures(result: dict[str, Any]) -> list[ExperimentFigure]:
    """Return predicted and measured change of the mean test loss against the size of the group."""
    figure = go.Figure()
    for order, (name, colour, symbol) in ORDERS.items():
        for key, dash in (("predicted", "dot"), ("measured", "solid")):
            figure.add_scatter(
                x=[point["size"] for point in result["groups"][order]],
                y=[point[key] for point in result["groups"][order]],
                name=f"{name}: {key}",
                mode="lines+markers",
                line={"color": colour, "dash": dash},
                marker={"symbol": symbol if key == "measured" else f"{symbol}-open", "size": 9},
                hovertemplate=f"%{{x:,}} images left out<br>{key} %{{y:.4f}} nats<extra></extra>",
            )
    with_axes(figure, "images left out together", "change of the mean test loss (nats)", height=400)
    figure.update_xaxes(type="log", dtick=1)
    summary = "; ".join(_summary(order, result) for order in ORDERS if result["groups"][order])
    return [ExperimentFigure(figure, "The sum of the scores, and the refit", summary, f"{summary}.")]


def _summary(order: str, result: dict[str, Any]) -> str:
    last = result["groups"][order][-1]
    name = ORDERS[order][0]
    return (
        f"{last['size']:,} images, {name}: predicted {last['predicted']:+.3f} nats, measured {last['measured']:+.3f}"
    ).replace("-", "−")
