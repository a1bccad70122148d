"""How far the explanations of networks from different seeds agree."""

from typing import Any

import plotly.graph_objects as go

from explorer.core.phrases import percent
from explorer.experiments.figure_base import HELPFUL, ExperimentFigure, with_axes


def figures(result: dict[str, Any]) -> list[ExperimentFigure]:
    """Return the histogram of rank correlations over pairs of seeds and test images."""
    figure = go.Figure(
        go.Histogram(
            x=result["ranks"],
            xbins={"start": -1, "end": 1, "size": 0.1},
            marker={"color": HELPFUL},
            hovertemplate="rank correlation %{x}<br>%{y} pairs<extra></extra>",
        )
    )
    with_axes(figure, "rank correlation of all scores between two seeds", "pairs of seeds and test images")
    figure.update_xaxes(range=[-1, 1])
    summary = (
        f"On average {result['spearman']:.2f}; of the {result['top']} strongest images a side {percent(result['shared'], 0)} "
        f"stay, where chance would leave {percent(result['chance'], 0)}"
    )
    return [ExperimentFigure(figure, "Two seeds, the same test image", summary, f"{summary}.")]
