"""How many changed training images flip a prediction, beside the paper's figures (Koh & Liang 2017, §5.2)."""

from typing import Any

import plotly.graph_objects as go

from explorer.core.phrases import percent
from explorer.experiments.figure_base import GREEN, GREY, HARMFUL, PINK, ExperimentFigure, with_axes
from explorer.figures.in_percent import in_percent

# The paper's rates in §5.2, of 591 predictions: 335 with one image, 77 % with two, all but one with ten.
PAPER = {"1": 335 / 591, "2": 0.77, "10": 590 / 591}
STYLES = ((HARMFUL, "solid", "circle"), (GREEN, "dash", "square"))


def figures(result: dict[str, Any]) -> list[ExperimentFigure]:
    """Return the share of flipped predictions over the number of changed images, and each prediction's margins."""
    return [_shares(result), _margins(result["series"][0])]


def _shares(result: dict[str, Any]) -> ExperimentFigure:
    figure = go.Figure()
    for part, style in zip(result["series"], STYLES, strict=False):
        figure.add_trace(_line(part["shares"], f"±{part['reach']} of 255", *style))
    figure.add_trace(_line(PAPER, "Koh & Liang", PINK, "dashdot", "diamond"))
    chance = dict.fromkeys(PAPER, result["by_chance"])
    figure.add_trace(_line(chance, "the same pictures changed at random", GREY, "dot", "x"))
    with_axes(figure, "training images changed, at most", "predictions flipped")
    figure.update_xaxes(type="category")
    in_percent(figure, "y", (0, 1)).update_yaxes(range=[-0.04, 1.06])
    ends = "; ".join(
        f"±{part['reach']}: "
        + ", ".join(f"{count} images {percent(share, 0)}" for count, share in part["shares"].items())
        for part in result["series"]
    )
    caption = "±1 is the smallest change that a picture of eight bits can hold. The grey line is the control."
    return ExperimentFigure(
        figure, "Predictions that were flipped", f"Share of {result['tests']} predictions flipped. {ends}", caption
    )


def _line(shares: dict[str, float], name: str, colour: str, dash: str, symbol: str) -> go.Scatter:
    return go.Scatter(
        x=list(shares),
        y=list(shares.values()),
        name=name,
        mode="lines+markers",
        line={"color": colour, "dash": dash},
        marker={"symbol": symbol, "size": 9},
        hovertemplate=f"{name}<br>%{{x}} changed: %{{y:.0%}}<extra></extra>",
    )


def _margins(part: dict[str, Any]) -> ExperimentFigure:
    """Return for each prediction how sure it was and what the changed images made of it."""
    before, after = ([attack[f"margin_{when}"] for attack in part["attacks"]] for when in ("before", "after"))
    words = [f"test image {attack['test']}, {attack['changed']} changed" for attack in part["attacks"]]
    hover = "%{text}<br>lead %{x:.2f} → %{y:.2f}<extra></extra>"
    dots = go.Scatter(
        x=before, y=after, text=words, mode="markers", marker={"color": HARMFUL, "size": 9}, hovertemplate=hover
    )
    figure = with_axes(go.Figure(dots), "lead of the right class before, in logits", "lead afterwards")
    figure.add_hline(y=0, line={"color": GREY, "dash": "dot"})
    figure.update_xaxes(rangemode="tozero")
    alt = f"Lead of the right class before, {min(before):.1f} to {max(before):.1f} logits, and after, {min(after):.1f} to {max(after):.1f}"
    return ExperimentFigure(
        figure, "How sure each prediction was", alt, "Below the dotted line another class is predicted."
    )
