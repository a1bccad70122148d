"""A figure of an experiment with its words, and the look that all of them share."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # Plotly takes a third of a second to load, and the list of experiments draws nothing
    import plotly.graph_objects as go

# Helpful and harmful as everywhere (Okabe & Ito); others from the same palette, away from these two.
HELPFUL, HARMFUL = "#0072B2", "#D55E00"
GREEN, PINK, GREY = "#009E73", "#CC79A7", "#808080"


@dataclass(frozen=True, eq=False)
class ExperimentFigure:
    """A figure with its words.

    Attributes:
        figure: that is drawn; its axes have titles with units.
        title: above it, in sentence case.
        alt: description for a person who cannot see it.
        caption: a sentence under it; may be empty.
        wide: whether it needs the whole width of the page; others stand two side by side.
    """

    figure: "go.Figure"
    title: str
    alt: str
    caption: str = ""
    wide: bool = False


def with_axes(figure: "go.Figure", across: str, up: str, height: int = 340) -> "go.Figure":
    """Return the figure with axis titles, small margins and the legend below, as all figures of experiments have them."""
    legend = {"orientation": "h", "y": -0.24, "yanchor": "top"}
    return figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend=legend,
        xaxis={"title": {"text": across}},
        yaxis={"title": {"text": up}},
    )
