"""What cleaning is worth: accuracy of each class against the number of labels looked at."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.figures.in_percent import in_percent

# Order of looking: its name, colour (Okabe & Ito, away from helpful and harmful), line and mark, so that colour is not alone.
ORDERS = {
    "queue": ("the queue's order", "#009E73", "solid", "circle"),
    "self-influence": ("highest self-influence first", "#56B4E9", "dashdot", "triangle-up"),
    "loss": ("highest loss first", "#CC79A7", "dash", "square"),
    "random": ("by chance", "#808080", "dot", "diamond"),
    "edits": ("your decisions, as they were made", "#009E73", "solid", "circle"),
}
# More panels side by side are too narrow to read at 800 px; of more classes, those that change most are drawn.
PANELS = 3


def cleaning_curves(
    counts: Sequence[int], orders: Mapping[str, Sequence[Sequence[float]]], names: Sequence[str]
) -> go.Figure:
    """Return a panel a class, a line an order of looking.

    Args:
        counts: labels looked at.
        orders: for each of :data:`ORDERS` that was followed, for each count the accuracy of each class, 0 to 1.
        names: of the classes.
    """
    shown = leading(orders, len(names))
    figure = make_subplots(cols=len(shown), shared_yaxes=True, subplot_titles=[names[row] for row in shown])
    for column, row in enumerate(shown, 1):
        for order, points in orders.items():
            values = [point[row] for point in points]
            figure.add_trace(line(order, counts, values, legend=column == 1), 1, column)
    figure.update_xaxes(title_text="labels looked at", rangemode="tozero")
    in_percent(figure, "y")
    legend = {"orientation": "h", "y": -0.28, "yanchor": "top"}
    return figure.update_layout(height=380, margin={"l": 8, "r": 8, "t": 32, "b": 8}, legend=legend)


def leading(orders: Mapping[str, Sequence[Sequence[float]]], classes: int) -> list[int]:
    """Return the classes that are drawn: all, or those whose accuracy changes most."""
    moved = [
        max(abs(point[row] - points[0][row]) for points in orders.values() for point in points)
        for row in range(classes)
    ]
    return sorted(sorted(range(classes), key=lambda row: -moved[row])[:PANELS])


def line(order: str, counts: Sequence[int], values: Sequence[float], legend: bool) -> go.Scatter:
    """Return a share over the labels looked at, drawn as its order is everywhere."""
    name, colour, dash, symbol = ORDERS[order]
    return go.Scatter(
        x=list(counts),
        y=list(values),
        name=name,
        legendgroup=order,
        showlegend=legend,
        mode="lines+markers",
        line={"color": colour, "dash": dash},
        marker={"symbol": symbol, "size": 8},
        hovertemplate=f"{name}<br>%{{x:,}} looked at: %{{y:.1%}}<extra></extra>",
    )
