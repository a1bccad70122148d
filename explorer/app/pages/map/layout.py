"""The point cloud of the Map page: images at their projected coordinates, coloured by label, prediction or a score."""

from contextlib import nullcontext

import numpy as np
import streamlit as st

from explorer.app import backend
from explorer.app.components.scatter.scatter import Cloud, ScatterBlock, Shade, levels, scatter
from explorer.app.screen_text import number, percent
from explorer.core.errors import ExplorerError
from explorer.core.keyed_cache import keyed_cache
from explorer.runs.results.audit import load_audit
from explorer.runs.results.projection import Projection, load_projection, project_run
from explorer.runs.run import Run

PROJECTIONS = {"pca": "principal components", "tsne": "t-SNE: alike lies together"}
COLOURS = {
    "class": "label",
    "prediction": "what the model says",
    "self-influence": "self-influence",
    "suspects": "rank among the suspects",
    "leverage": "leverage",
}
SIDES = {"train": "training images", "test": "test images", "both": "both"}
MEANINGS = {
    "class": "",
    "prediction": "",
    "self-influence": "Self-influence: how much an image's own loss would rise, to first order, if it were left out.",
    "suspects": "Rank among the suspects: the strongest colour is the image whose label is doubted most.",
    "leverage": "Leverage: how far an image can pull its own prediction.",
}
# Clouds cached: of one run with every choice of the menus there are thirty, each 0.3 MB at 12,000 images.
CACHED_CLOUDS = 12


def cloud_block(run: Run, projection: str, colour: str, side: str) -> tuple[ScatterBlock | None, str]:
    """Return the cloud of a run and an empty text, or None and the reason why it cannot be drawn yet."""
    computing = projection == "pca" and not is_projected(run, projection)
    try:
        with st.spinner("Laying the images out …") if computing else nullcontext():
            return _cloud(run.id, projection, colour, side), ""
    except ExplorerError as missing:
        return None, str(missing)


def is_projected(run: Run, projection: str) -> bool:
    """Return whether a projection of a run is stored."""
    return load_projection(run, projection) is not None


@keyed_cache(CACHED_CLOUDS)
def _cloud(run_id: str, projection: str, colour: str, side: str) -> ScatterBlock:
    run, coordinates = backend.run(run_id), _projection(run_id, projection)
    places = {name: getattr(coordinates, name) for name in ("train", "test") if side in (name, "both")}
    alt = (
        f"Map of {sum(map(len, places.values())):,} images by {PROJECTIONS[projection]}, coloured by {COLOURS[colour]}"
    )
    sides = {name: len(rows) for name, rows in places.items()}
    cloud = Cloud(
        _scaled_to_frame(coordinates, np.concatenate(list(places.values()))), sides, alt, f"{projection} {side}"
    )
    return scatter(run, cloud, shade(run, colour, list(places)))


def shade(run: Run, colour: str, sides: list[str]) -> Shade:
    """Return the colour scale of ``colour`` for the images of ``sides``."""
    if colour in ("class", "prediction"):
        named = [run.labels(side) if colour == "class" else run.probabilities(side).argmax(axis=1) for side in sides]
        return Shade(COLOURS[colour], np.concatenate(named), run.class_names)
    title, values = _values(run, colour)
    values = np.concatenate([values if side == "train" else np.full(len(run.test_labels), np.nan) for side in sides])
    codes, low, high = levels(-np.log(values) if colour == "suspects" else values)
    ticks = ("last", "first") if colour == "suspects" else (number(low), f"{number(high)} and more")
    return Shade(title, codes, values=values, ticks=ticks)


def _values(run: Run, colour: str) -> tuple[str, np.ndarray]:
    """Return the title of a score of the training images, and its values ``(n,)``."""
    if colour == "suspects":
        audit = load_audit(run)
        if audit is None:
            raise ExplorerError(
                "There is no audit of this run yet that trusts all test images. Open Suspects and let it be done."
            )
        ranks = np.empty(len(audit.order))
        ranks[audit.order] = np.arange(1, len(ranks) + 1)
        return "rank among the suspects", ranks
    outliers = backend.outliers(run.id)
    return colour, outliers.leverage if colour == "leverage" else outliers.self_influence


def caption(run: Run, projection: str, colour: str, side: str) -> str:
    """Return the caption: what distance and colour mean on this map."""
    if projection == "tsne":
        near = "Images that look alike to the network lie near each other; distances between groups mean little."
    else:
        one, two = (*_projection(run.id, projection).shares, 0.0)[:2]
        near = f"To the right and upward lie the two directions in which features differ most: {percent(one)} and {percent(two)} of all variance."
    grey = " Test images have none and are grey." if MEANINGS[colour] and side != "train" else ""
    return f"{near} {MEANINGS[colour]}{grey}".strip()


@keyed_cache(2 * backend.RUNS)
def _projection(run_id: str, name: str) -> Projection:
    """Return a projection; principal components are computed at once, t-SNE takes minutes and waits for a button."""
    run = backend.run(run_id)
    projection = project_run(run, name) if name == "pca" else load_projection(run, name)
    if projection is None:
        raise ExplorerError(
            "Here all images will lie by t-SNE, like beside like. They have not been laid out yet; by principal components they are there at once."
        )
    return projection


def _scaled_to_frame(projection: Projection, places: np.ndarray) -> np.ndarray:
    """Scale coordinates ``(n, 2)`` to the unit square that holds all images of the run, so that both sides share a frame."""
    both = np.concatenate([projection.train, projection.test])
    low, high = both.min(axis=0), both.max(axis=0)
    return np.asarray(0.5 + (places - (low + high) / 2) / max(float((high - low).max()), np.finfo(float).tiny))
