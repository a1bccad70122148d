"""Where the scores of one prediction lie."""

import numpy as np
import plotly.graph_objects as go

# Okabe & Ito's colour-blind-safe pair.
HELPFUL, HARMFUL = "#0072B2", "#D55E00"
BINS = 61


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
    figure = go.Figure(bars)
    for cut, words in zip(cuts, ("harmful gallery ends", "helpful gallery ends"), strict=True):
        figure.add_vline(cut, line_dash="dot", line_width=1, annotation_text=words, annotation_font_size=12)
    figure.update_layout(height=240, margin={"l": 8, "r": 8, "t": 24, "b": 8}, bargap=0.05)
    figure.update_xaxes(title="score: change of the test loss if the image were left out (nats)")
    figure.update_yaxes(title="training images", type="log", tickformat="d", dtick=1)
    return figure
