"""What a little less of some images foretells beside what leaving them out did, a panel a network."""

from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.core.phrases import percent
from explorer.experiments.figure_base import GREEN, GREY, HARMFUL, ExperimentFigure

# Each network: what its recipe is, colour and mark.
PANELS = {
    "small-cnn": ("with kinks: small-cnn", HARMFUL, "x-thin-open"),
    "small-cnn-smooth": ("smooth: small-cnn-smooth", GREEN, "circle"),
}


def figures(result: dict[str, Any]) -> list[ExperimentFigure]:
    """Return both clouds side by side: a mark a test image, the line where both are equal."""
    networks = result["networks"]
    figure = make_subplots(cols=len(networks), subplot_titles=[_title(name, networks[name]) for name in networks])
    for column, (name, found) in enumerate(networks.items(), 1):
        end = 1.05 * max(map(abs, (*found["foretold"], *found["measured"])))
        figure.add_trace(_line(end, legend=column == 1), 1, column)
        figure.add_trace(_cloud(name, found), 1, column)
        figure.update_xaxes(range=[-end, end], title_text="foretold from 3 % less", row=1, col=column)
        figure.update_yaxes(range=[-end, end], row=1, col=column)
    figure.update_yaxes(title_text="change of the margin without", col=1)
    legend = {"orientation": "h", "y": -0.24, "yanchor": "top"}
    figure.update_layout(height=420, margin={"l": 8, "r": 8, "t": 32, "b": 8}, legend=legend)
    alt = f"{result['tests']:,} test images. {result['found']}"
    right = ", ".join(f"{name} {percent(found['accuracy'], 0)}" for name, found in networks.items())
    caption = (
        "Each mark is a test image; on the line, 3 % less had foretold what happened without. The scales of both differ. "
        f"Test images right: {right}."
    )
    return [ExperimentFigure(figure, "3 % less, and nothing of it", alt, caption, wide=True)]


def _title(name: str, found: dict[str, Any]) -> str:
    return f"{PANELS[name][0]}, r = {found['r']:.2f}".replace("-0.", "−0.")


def _line(end: float, legend: bool) -> go.Scatter:
    line = {"color": GREY, "dash": "dot", "width": 1}
    return go.Scatter(
        x=[-end, end], y=[-end, end], mode="lines", line=line, name="both equal", showlegend=legend, hoverinfo="skip"
    )


def _cloud(name: str, found: dict[str, Any]) -> go.Scattergl:
    _, colour, symbol = PANELS[name]
    return go.Scattergl(
        x=found["foretold"],
        y=found["measured"],
        mode="markers",
        name=name,
        marker={"color": colour, "symbol": symbol, "size": 5, "opacity": 0.7, "line": {"width": 1, "color": colour}},
        hovertemplate="foretold %{x:.3f}<br>without %{y:.3f}<extra></extra>",
    )
