"""Where the scores of one prediction lie."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

# Okabe & Ito's colour-blind-safe pair.
HELPFUL, HARMFUL = "#0072B2", "#D55E00"
BINS = 61
LINE = {"dash": "dot", "width": 1, "color": "gray"}
LAYOUT: dict[str, Any] = {
    "height": 240,
    "margin": {"l": 8, "r": 8, "t": 24, "b": 8},
    "bargap": 0.05,
    "xaxis": {"title": {"text": "score: change of the test loss if the image were left out (nats)"}},
    "yaxis": {"title": {"text": "training images"}, "type": "log", "tickformat": "d", "dtick": 1},
}


def histogram(scores: np.ndarray, cuts: tuple[float, float]) -> go.Figure:
    """Return the histogram of scores ``(n,)`` in nats, counts on a logarithmic axis.

    Args:
        scores: all scores of one test image.
        cuts: the weakest harmful and the weakest helpful score that the galleries show.
    """
    reach = float(np.abs(scores).max()) or 1.0
    counts, edges = np.histogram(scores, bins=BINS, range=(-reach, reach))
    centres = (edges[:-1] + edges[1:]) / 2
    colours = np.where(centres > 0, HELPFUL, HARMFUL)
    hover = "%{y} images with scores near %{x:.5f}<extra></extra>"
    bars = go.Bar(x=centres, y=counts, marker_color=colours, hovertemplate=hover, showlegend=False)
    lines = [{"type": "line", "x0": x, "x1": x, "yref": "paper", "y0": 0, "y1": 1, "line": LINE} for x in cuts]
    names = ("harmful gallery ends", "helpful gallery ends")
    labels = [
        {"x": x, "yref": "paper", "y": 1, "yanchor": "bottom", "text": name, "showarrow": False, "font": {"size": 12}}
        for x, name in zip(cuts, names, strict=True)
    ]
    return go.Figure(bars, LAYOUT | {"shapes": lines, "annotations": labels})
