"""A class's finds over the pictures looked at, beside the order of loss and chance, as a Plotly figure."""

from collections.abc import Sequence

import plotly.graph_objects as go

from explorer.game.class_results import ClassCurve, Result

# Okabe and Ito's colours away from helpful and harmful; the line's dash says it too.
LINES = {
    "class": ("the class together", "#009E73", "solid"),
    "loss": ("labels it finds hardest to believe (loss)", "#CC79A7", "dash"),
}
CHANCE = "#808080"


def class_figure(curve: ClassCurve, results: Sequence[Result]) -> go.Figure:
    """Return the figure; every pupil is a mark, full for whoever handed in. No name is in it: Plotly reads texts as HTML."""
    looks = curve.looks.tolist()
    figure = go.Figure()
    figure.add_trace(_band(looks, [law.low for law in curve.chance], [law.high for law in curve.chance]))
    figure.add_trace(_line(looks, [law.expected for law in curve.chance], "blind guessing", CHANCE, "dot"))
    for order, found in curve.orders.items():
        name, colour, dash = LINES[order]
        figure.add_trace(_line(looks[: len(found)], found.tolist(), name, colour, dash))
    for handed in (True, False):
        figure.add_trace(_pupils([result for result in results if result.handed is handed], handed))
    figure.update_xaxes(title_text="pictures looked at", rangemode="tozero")
    figure.update_yaxes(title_text="planted pictures found", rangemode="tozero")
    legend = {"orientation": "h", "y": -0.25, "yanchor": "top"}
    return figure.update_layout(height=380, margin={"l": 8, "r": 8, "t": 16, "b": 8}, legend=legend)


def _band(looks: list[int], low: list[int], high: list[int]) -> go.Scatter:
    return go.Scatter(
        x=[*looks, *looks[::-1]],
        y=[*high, *low[::-1]],
        fill="toself",
        fillcolor="rgba(128,128,128,0.2)",
        line={"width": 0},
        name="95 of 100 blind guesses",
        hoverinfo="skip",
    )


def _line(looks: list[int], found: Sequence[float], name: str, colour: str, dash: str) -> go.Scatter:
    return go.Scatter(
        x=looks,
        y=list(found),
        name=name,
        mode="lines",
        line={"color": colour, "dash": dash},
        hovertemplate=f"{name}<br>%{{x:,}} looked at: %{{y:.1f}} found<extra></extra>",
    )


def _pupils(results: Sequence[Result], handed: bool) -> go.Scatter:
    return go.Scatter(
        x=[result.flagged for result in results],
        y=[result.found for result in results],
        name="a pupil who handed in" if handed else "a pupil still hunting",
        mode="markers",
        marker={"symbol": "circle" if handed else "circle-open", "size": 10, "color": "#8a6fd1"},
        hovertemplate="%{x:,} flagged: %{y:,} found<extra></extra>",
    )
