"""Summed influence by group on the test images that go wrong (Koh & Liang 2017, §5.3)."""

from typing import Any

import plotly.graph_objects as go

from explorer.experiments.figure_base import GREY, HARMFUL, HELPFUL, ExperimentFigure, with_axes


def figures(result: dict[str, Any]) -> list[ExperimentFigure]:
    """Return the strongest groups' summed influence, helpful and harmful told apart by colour and words."""
    groups = result["sums"]
    names = [f"{'▼' if group['sum'] < 0 else '▲'} {group['group']} ({group['images']})" for group in groups]
    colours = [HARMFUL if group["sum"] < 0 else HELPFUL for group in groups]
    hover = "%{y}: %{x:+.3f} nats<extra></extra>"
    bars = go.Bar(
        y=names, x=[group["sum"] for group in groups], orientation="h", marker={"color": colours}, hovertemplate=hover
    )
    figure = with_axes(go.Figure(bars), "summed influence on the wrong test images, nats of loss each", "", height=400)
    figure.update_yaxes(autorange="reversed")
    for side in (-1, 1):
        figure.add_vline(x=side * result["largest_random_sum"], line={"color": GREY, "dash": "dot"})
    summary = ", ".join(f"{group['group']} {group['sum']:+.2f}" for group in groups[:3])
    caption = (
        f"▼ harms, ▲ helps; in brackets the images of the group. Dotted: the largest of {result['random_groups']:,} random groups "
        f"as large as the planted one, {result['largest_random_sum']:.2f}."
    )
    return [
        ExperimentFigure(
            figure,
            "Which group is behind the mistake?",
            f"Summed influence by group, the strongest: {summary}",
            caption,
            wide=True,
        )
    ]
