"""The sum of single scores beside the refit without the whole group."""

from typing import Any

import plotly.graph_objects as go

from explorer.experiments.figure_base import GREY, HARMFUL, ExperimentFigure, with_axes

ORDERS = {"harmful": ("the most harmful", HARMFUL, "triangle-down"), "random": ("random ones", GREY, "circle")}


def figures(found: dict[str, Any]) -> list[ExperimentFigure]:
    """Return predicted and measured change of the mean test loss against the size of the group."""
    figure = go.Figure()
    for order, (name, colour, symbol) in ORDERS.items():
        for key, dash in (("predicted", "dot"), ("measured", "solid")):
            figure.add_scatter(
                x=[point["size"] for point in found["groups"][order]],
                y=[point[key] for point in found["groups"][order]],
                name=f"{name}: {key}",
                mode="lines+markers",
                line={"color": colour, "dash": dash},
                marker={"symbol": symbol if key == "measured" else f"{symbol}-open", "size": 9},
                hovertemplate=f"%{{x:,}} images left out<br>{key} %{{y:.4f}} nats<extra></extra>",
            )
    with_axes(figure, "images left out together", "change of the mean test loss (nats)", height=400)
    figure.update_xaxes(type="log", dtick=1)
    said = "; ".join(_said(order, found) for order in ORDERS if found["groups"][order])
    return [ExperimentFigure(figure, "The sum of the scores, and the refit", said, f"{said}.")]


def _said(order: str, found: dict[str, Any]) -> str:
    last = found["groups"][order][-1]
    name = ORDERS[order][0]
    return (
        f"{last['size']:,} images, {name}: predicted {last['predicted']:+.3f} nats, measured {last['measured']:+.3f}"
    ).replace("-", "−")
