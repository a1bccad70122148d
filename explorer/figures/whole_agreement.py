"""How far scores of a whole network agree with real trainings, as figures."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from explorer.figures.trial_scatter import agreement

# Filled and hollow, so that it is not the colour alone that tells them apart.
SAME, OTHER = ("from the same start", "#0072B2", "circle"), ("from another start", "#D55E00", "circle-open")
Interval = tuple[float, float, float]


def agreement_by_method(same: Mapping[str, Interval], other: Mapping[str, Interval]) -> go.Figure:
    """Return a row for each method with its agreement with trainings from the same start and from another one.

    Args:
        same: method to value and the ends of its interval, the best first.
        other: the same from another start; may lack methods.
    """
    figure = go.Figure()
    for found, (name, colour, symbol) in ((other, OTHER), (same, SAME)):
        if not found:
            continue
        values = [value for value, *_ in found.values()]
        lows, highs = ([each[end] for each in found.values()] for end in (1, 2))
        figure.add_scatter(
            x=values,
            y=list(found),
            mode="markers",
            name=name,
            marker={"color": colour, "symbol": symbol, "size": 11, "line": {"width": 2, "color": colour}},
            error_x={
                "array": [high - value for high, value in zip(highs, values, strict=True)],
                "arrayminus": [value - low for low, value in zip(lows, values, strict=True)],
                "thickness": 1.5,
            },
            hovertemplate="%{y}: %{x:.2f}<extra>" + name + "</extra>",
        )
    least = min([0.0, *(low for found in (same, other) for _, low, _ in found.values())])
    return figure.update_layout(
        height=90 + 30 * len(same),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "reversed"},
        xaxis={"range": [least, 1.02], "title": {"text": "agreement with real trainings (1 is perfect)"}},
        yaxis={"categoryorder": "array", "categoryarray": list(same)[::-1], "automargin": True},
    )


def set_changes(pairs: Sequence[tuple[float, float]]) -> go.Figure:
    """Return the scatter of predicted and measured changes of the margin, a point for each set of images."""
    return agreement(pairs).update_layout(
        xaxis={"title": {"text": "predicted change of the margin"}},
        yaxis={"title": {"text": "measured"}},
    )
