"""Carriers of a planted patch among the most influential images, by ranking, beside the saliency in the patch."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from explorer.core.phrases import percent
from explorer.experiments.figure_base import GREEN, GREY, HELPFUL, PINK, ExperimentFigure, with_axes
from explorer.figures.in_percent import in_percent

TITLES = {
    "relatif": "relative influence (RelatIF)",
    "gradcos": "cosine of gradients",
    "similarity": "likeness of features",
    "influence": "influence",
    "newton": "newton (default)",
}
SALIENCY = {"gradient": "gradient", "gradient_times_input": "gradient × input"}
EFFECTS = {
    "taken_without_patch": "without the patch",
    "taken_with_patch": "with the patch",
    "taken_with_patch_carriers_removed": "head fitted without the carriers",
    "taken_with_patch_trained_again": "network trained without the carriers",
}


def figures(result: dict[str, Any]) -> list[ExperimentFigure]:
    """Return the share of carriers by ranking, the saliency in the patch, and what the patch does."""
    return [_rankings(result), _saliency(result), _effects(result)]


def _rankings(result: dict[str, Any]) -> ExperimentFigure:
    means = {
        key: [float(np.mean(shares[key])) for shares in result["rankings"].values()]
        for key in ("with_patch", "without_patch")
    }
    names = [TITLES.get(name, name) for name in result["rankings"]]
    figure = go.Figure(
        [
            _bars(names, means["with_patch"], "test images with the patch", HELPFUL, ""),
            _bars(names, means["without_patch"], "the same without it", GREY, "/"),
        ]
    )
    with_axes(figure, f"share of carriers among the first {result['top']}", "")
    in_percent(figure, "x", (0, 1)).update_xaxes(range=[0, 1.02])
    figure.update_yaxes(autorange="reversed")
    figure.add_vline(x=result["share_by_chance"], line={"color": PINK, "dash": "dot"})
    summary = ", ".join(f"{name} {percent(value, 0)}" for name, value in zip(names, means["with_patch"], strict=True))
    caption = (
        f"Means over {result['tests']} test images. The dotted line is chance, {percent(result['share_by_chance'])}."
    )
    return ExperimentFigure(
        figure, "Who carries the patch?", f"Share of carriers among the first {result['top']}: {summary}", caption
    )


def _bars(names: list[str], values: list[float], title: str, colour: str, pattern: str) -> go.Bar:
    marker = {"color": colour, "pattern": {"shape": pattern}}
    hover = "%{y}: %{x:.1%}<extra></extra>"
    return go.Bar(y=names, x=values, name=title, orientation="h", marker=marker, hovertemplate=hover)


def _saliency(result: dict[str, Any]) -> ExperimentFigure:
    figure, parts = go.Figure(), []
    for (key, name), colour in zip(SALIENCY.items(), (HELPFUL, GREEN), strict=True):
        shares = result["saliency_in_patch"][key]
        hover = f"{name}<br>%{{x:.1%}} in the patch<extra></extra>"
        figure.add_trace(go.Box(x=shares, name=name, boxpoints="all", marker={"color": colour}, hovertemplate=hover))
        parts.append(f"{name} {percent(float(np.mean(shares)))}")
    with_axes(figure, "share of the saliency that lies in the patch", "").update_layout(showlegend=False)
    in_percent(figure, "x", (0, 1)).update_xaxes(range=[0, 1])
    figure.add_vline(x=result["area_of_patch"], line={"color": PINK, "dash": "dot"})
    words = f"On average {', '.join(parts)}; the patch covers {percent(result['area_of_patch'])} of the picture"
    return ExperimentFigure(figure, "Does saliency tell?", words, f"{words} (dotted).")


def _effects(result: dict[str, Any]) -> ExperimentFigure:
    there = {title: result[key] for key, title in EFFECTS.items() if key in result}
    hover = "%{y}: %{x:.0%}<extra></extra>"
    bars = go.Bar(
        y=list(there), x=list(there.values()), orientation="h", marker={"color": HELPFUL}, hovertemplate=hover
    )
    figure = with_axes(go.Figure(bars), f"test images of other classes taken for a {result['label']}", "")
    in_percent(figure, "x", (0, 1)).update_xaxes(range=[0, 1.02])
    figure.update_yaxes(autorange="reversed")
    summary = ", ".join(f"{title} {percent(value, 0)}" for title, value in there.items())
    caption = (
        "All but the first with the patch. The scores are the last layer's; the network itself learned the patch too."
    )
    return ExperimentFigure(
        figure, "What the patch does", f"Test images of other classes taken for a {result['label']}: {summary}", caption
    )
