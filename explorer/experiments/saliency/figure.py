"""How far a score moves when patches are blurred: those of its own map, of plain saliency, and random ones."""

from typing import Any

import plotly.graph_objects as go

from explorer.core.phrases import percent
from explorer.experiments.figure_base import GREY, HELPFUL, ExperimentFigure, with_axes

SIDES = {
    "test": ("Patches of the test image", ("test_by_map", "test_by_saliency", "test_by_chance")),
    "train": ("Patches of the training image", ("train_by_map", "train_by_chance")),
}
STYLES = (("faded", "faded by a quarter", HELPFUL), ("blurred", "blurred wholly", GREY))
# A change below a thousandth has no place on a logarithmic axis.
LEAST = 1e-3
NAMES = {"map": "map of the score", "saliency": "plain saliency", "chance": "at random"}


def figures(result: dict[str, Any]) -> list[ExperimentFigure]:
    """Return for either picture of a pair the change of the score by who chose the patches."""
    return [_side(result, title, keys) for title, keys in SIDES.values()]


def _side(result: dict[str, Any], title: str, keys: tuple[str, ...]) -> ExperimentFigure:
    names = [NAMES[key.rsplit("_", 1)[-1]] for key in keys]
    figure = go.Figure([_box(result["pairs"], *style, keys, names) for style in STYLES])
    with_axes(figure, "", "the score changes by this share of itself").update_layout(boxmode="group")
    figure.update_yaxes(
        type="log",
        tickvals=[0.01, 0.1, 1, 10, 100],
        ticktext=[*(percent(share, 0) for share in (0.01, 0.1)), "1 ×", "10 ×", "100 ×"],
    )
    medians = ", ".join(f"{name} {result['faded'][key]:.2f}" for key, name in zip(keys, names, strict=True))
    caption = f"A tenth of the patches; {len(result['pairs'])} pairs. Medians, faded by a quarter: {medians}."
    return ExperimentFigure(
        figure, title, f"Relative change of the score when a tenth of the patches is faded, medians: {medians}", caption
    )


def _box(
    pairs: list[dict[str, Any]], how: str, name: str, colour: str, keys: tuple[str, ...], names: list[str]
) -> go.Box:
    points = [(each, pair) for each in range(len(keys)) for pair in pairs]
    return go.Box(
        x=[names[each] for each, _ in points],
        y=[max(pair[how][keys[each]], LEAST) for each, pair in points],
        text=[f"test image {pair['test']}, training image {pair['train']}" for _, pair in points],
        name=name,
        boxpoints="all",
        marker={"color": colour, "size": 5},
        hovertemplate="%{text}: %{y:.2f}<extra></extra>",
    )
