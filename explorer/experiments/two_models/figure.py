"""Influence against distance in pixels, a panel a model, as in Koh & Liang 2017, figure 4."""

from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.core.phrases import percent
from explorer.experiments.figure_base import GREEN, PINK, ExperimentFigure

# The test image's class and all others: words, colour and mark.
SIDES = ((True, "the same class", GREEN, "circle"), (False, "another class", PINK, "x-thin-open"))


def figures(result: dict[str, Any]) -> list[ExperimentFigure]:
    """Return the scatter of each training image's score over its distance to the test image, for each model."""
    models = list(result["models"].values())
    figure = make_subplots(cols=len(models), subplot_titles=[each["title"] for each in models])
    for column, model in enumerate(models, 1):
        for same, name, colour, symbol in SIDES:
            chosen = [place for place, own in enumerate(result["same_class"]) if own is same]
            figure.add_trace(_cloud(result, model, chosen, name, colour, symbol, legend=column == 1), 1, column)
    figure.update_xaxes(title_text="distance in pixels")
    figure.update_yaxes(title_text="score (nats)", col=1)
    legend = {"orientation": "h", "y": -0.24, "yanchor": "top"}
    figure.update_layout(height=400, margin={"l": 8, "r": 8, "t": 32, "b": 8}, legend=legend)
    summary = "; ".join(f"{each['title']}: rank correlation {each['rank_correlation']:+.2f}" for each in models)
    alt = f"Score of each of {result['images']:,} training images over its distance to test image {result['test']}. {summary}"
    right = ", ".join(f"{each['title'].lower()} {percent(each['accuracy'], 0)}" for each in models)
    caption = f"Each mark is a training image; above 0 it helps, below it harms. The scales differ. Test images right: {right}."
    return [ExperimentFigure(figure, "Influence over distance", alt.replace("-", "−"), caption, wide=True)]


def _cloud(
    result: dict[str, Any], model: dict[str, Any], chosen: list[int], name: str, colour: str, symbol: str, legend: bool
) -> go.Scattergl:
    return go.Scattergl(
        x=[result["distance"][place] for place in chosen],
        y=[model["scores"][place] for place in chosen],
        customdata=[result["train_index"][place] for place in chosen],
        mode="markers",
        name=name,
        legendgroup=name,
        showlegend=legend,
        marker={"color": colour, "symbol": symbol, "size": 5, "opacity": 0.7, "line": {"width": 1, "color": colour}},
        hovertemplate="training image %{customdata}<br>distance %{x:.2f}<br>score %{y:.2e}<extra></extra>",
    )
