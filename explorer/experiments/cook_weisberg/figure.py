"""Leverage, residual and Cook's distance of every case, and the formula beside the refits (Cook & Weisberg 1980)."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from explorer.experiments.figure_base import GREY, HARMFUL, HELPFUL, ExperimentFigure, with_axes


def figures(result: dict[str, Any]) -> list[ExperimentFigure]:
    """Return leverage against residual with curves of equal Cook's distance, and formula against refits."""
    return [_map(result), _agreement(result)]


def _map(result: dict[str, Any]) -> ExperimentFigure:
    leverage, residual = np.array(result["leverage"]), np.array(result["studentised"])
    distance = np.array(result["cooks_distance"])
    large = distance > result["large_from"]
    figure = go.Figure()
    for chosen, name, colour, symbol in (
        (~large, "other cases", HELPFUL, "circle"),
        (large, "influential cases", HARMFUL, "diamond"),
    ):
        figure.add_scatter(
            x=leverage[chosen],
            y=residual[chosen],
            mode="markers",
            name=name,
            customdata=np.column_stack([np.flatnonzero(chosen), distance[chosen]]),
            marker={"color": colour, "symbol": symbol, "size": 8, "opacity": 0.75},
            hovertemplate="case %{customdata[0]}<br>leverage %{x:.3f}<br>residual %{y:.2f}<br>Cook's distance %{customdata[1]:.4f}<extra></extra>",
        )
    for value, words in ((result["large_from"], "4/n"), (float(distance.max()), "the largest")):
        _curve(figure, value, words, result["free"], float(leverage.max()), float(np.abs(residual).max()))
    title = "Leverage, residual and influence"
    alt = f"{result['cases']:,} cases by leverage and residual; {int(large.sum())} have a Cook's distance above 4/n. Case {result['most_influential']} has the largest."
    caption = "Dotted curves join places of equal Cook's distance: 4/n, and the largest. A case that is far from the others and badly fitted at once moves the fit most."
    return ExperimentFigure(with_axes(figure, "leverage", "residual (in deviations)", height=400), title, alt, caption)


def _curve(figure: go.Figure, distance: float, words: str, free: int, leverage: float, residual: float) -> None:
    """Draw where D = (r²/p) h/(1 − h) is ``distance``, as far as there are cases."""
    across = np.linspace(leverage / 100, min(0.99, 1.05 * leverage), 100)
    up = np.sqrt(distance * free * (1 - across) / across)
    for sign in (1, -1):
        figure.add_scatter(
            x=across[up < 1.2 * residual],
            y=sign * up[up < 1.2 * residual],
            mode="lines",
            line={"color": GREY, "dash": "dot", "width": 1},
            showlegend=False,
            hovertemplate=f"Cook's distance {distance:.3g}, {words}<extra></extra>",
        )


def _agreement(result: dict[str, Any]) -> ExperimentFigure:
    formula, refits = result["cooks_distance"], result["cooks_distance_refitted"]
    figure = go.Figure()
    end = max(refits)
    line = {"color": GREY, "dash": "dot", "width": 1}
    figure.add_scatter(x=[0, end], y=[0, end], mode="lines", line=line, showlegend=False, hoverinfo="skip")
    figure.add_scatter(
        x=refits,
        y=formula,
        mode="markers",
        showlegend=False,
        customdata=list(range(len(refits))),
        marker={"color": HELPFUL, "size": 7, "opacity": 0.7},
        hovertemplate="case %{customdata}<br>refitted %{x:.5f}<br>formula %{y:.5f}<extra></extra>",
    )
    error = result["largest_relative_error_cooks_distance"]
    alt = f"Cook's distance by formula against {result['cases']:,} refits; they differ by at most {error:.0e} of the largest."
    axes = ("Cook's distance by refitting", "Cook's distance by formula")
    return ExperimentFigure(
        with_axes(figure, *axes),
        "Formula and refits",
        alt,
        f"They differ by at most {error:.0e} of the largest distance.",
    )
