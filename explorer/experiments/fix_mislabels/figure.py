"""Wrong labels found, and accuracy after repair, over the share looked at, as in Koh & Liang 2017, figure 6."""

from typing import Any

from plotly.subplots import make_subplots

from explorer.core.phrases import percent
from explorer.experiments.figure_base import ExperimentFigure
from explorer.figures.cleaning_curve import line
from explorer.figures.in_percent import in_percent, ticks

# Accuracy on 1,000 images has a standard error of a point; the axis is no finer than ten of them.
LEAST = 0.1


def figures(result: dict[str, Any]) -> list[ExperimentFigure]:
    """Return both panels: the share of wrong labels found, and the accuracy on untouched test images after repair."""
    panels = (("share_found", "wrong labels found"), ("accuracy", "accuracy after repair"))
    figure = make_subplots(cols=2, subplot_titles=[title.capitalize() for _, title in panels], horizontal_spacing=0.12)
    for column, (key, _) in enumerate(panels, 1):
        for order, curve in result["orders"].items():
            figure.add_trace(line(order, result["counts"], curve[key], legend=column == 1), 1, column)
    figure.update_xaxes(title_text="labels looked at", rangemode="tozero")
    in_percent(figure, "y").update_yaxes(range=(reach := _reach(result)), **ticks(*reach), col=2)
    legend = {"orientation": "h", "y": -0.24, "yanchor": "top"}
    figure.update_layout(height=380, margin={"l": 8, "r": 8, "t": 32, "b": 8}, legend=legend)
    ends = ", ".join(f"{curve['title']} {percent(curve['share_found'][-1], 0)}" for curve in result["orders"].values())
    alt = f"Share of {result['wrong']:,} wrong labels found, and accuracy after repair, over the share looked at. At the end: {ends}"
    caption = (
        f"Accuracy is measured on {result['tests']:,} test images that no order has seen; every point is a real refit."
    )
    return [ExperimentFigure(figure, "What each order finds, and what repair brings", alt, caption, wide=True)]


def _reach(result: dict[str, Any]) -> list[float]:
    """Return an axis of at least ten points of accuracy, so that chance does not look like news."""
    every = [value for curve in result["orders"].values() for value in curve["accuracy"]]
    middle, half = (min(every) + max(every)) / 2, max(LEAST, max(every) - min(every)) / 2
    return [middle - 1.1 * half, middle + 1.1 * half]
