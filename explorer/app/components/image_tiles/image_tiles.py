"""Tiles of test and training images, with what a person reads under each."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from explorer.app import screen_text, urls
from explorer.app.components.gallery.gallery import Tile
from explorer.app.components.image_marks.image_marks import marked
from explorer.app.components.methods.whole_methods import NETWORK
from explorer.app.server import inline_thumbnail, thumbnail_url
from explorer.core.captions import Scale, scale_of
from explorer.runs.results.explanation import Attribution, Explanation, Neighbour
from explorer.runs.run import Run


def prediction_tile(
    run: Run, index: int, method: str = "", pictured: bool = False, own: np.ndarray | None = None
) -> Tile:
    """Return the tile of a test image: its label and what the model said.

    Args:
        run: that has the image.
        index: of its test images.
        method: of the explanation behind the link; the one in hand where empty.
        pictured: whether the picture travels along.
        own: probabilities ``(C,)`` of the network's own last layer, which then is named, in place of the run's head.
    """
    label, shares = run.class_names[run.test_labels[index]], run.test_probabilities[index] if own is None else own
    predicted, sure = run.class_names[int(shares.argmax())], screen_text.probability(float(shares.max()))
    who, model = ("", "the model") if own is None else ("network ", NETWORK)
    verdict = f"{'✓' if label == predicted else '✗'} {who}says {predicted} {sure}"
    alt = f"test image {index}, labelled {label}, {model} says {predicted} with probability {sure}"
    shown = inline_thumbnail(run.id, "test", index) if pictured else ""
    source, href = thumbnail_url(run.id, "test", index), explain_link(index, method)
    return Tile(str(index), source, alt, (label, verdict), href, inline=shown)


def prediction_tiles(run: Run, rows: Sequence[int]) -> list[Tile]:
    """Return the tiles of many test images; small pictures travel along, photographs come by their own address."""
    small = len(rows) > 0 and bool(inline_thumbnail(run.id, "test", rows[0]))
    return marked(run, "test", [prediction_tile(run, row, pictured=small) for row in rows])


def explained_tile(run: Run, found: Explanation, pictured: bool = True) -> Tile:
    """Return the tile of a test image with the probability of whoever is explained: the run's head or the network itself."""
    own = np.array(list(found.probabilities.values())) if found.whole else None
    return prediction_tile(run, found.index, pictured=pictured, own=own)


def explain_link(index: int, method: str = "") -> str:
    """Return the link to the explanation of a test image in the same run, by the method in hand where none is named."""
    chosen = {"method": method} if method else {}
    return urls.address("explain", **urls.query_state(test=index, target="", **chosen))


def training_tile(
    run: Run,
    row: int,
    *,
    alt: str = "",
    lines: tuple[str, ...] = (),
    method: str = "",
    state: Mapping[str, str] | None = None,
) -> Tile:
    """Return the tile of a training image, linked to its effects on all test images.

    Args:
        run: that has the image.
        row: of its training images.
        alt: what the picture shows; the label and the model's prediction by default.
        lines: under the picture; the label and the model's prediction by default.
        method: opened behind the link; the run's default where empty.
        state: which the link carries; by default the case in hand.
    """
    if not lines:
        alt, lines = _label_and_prediction(run, row)
    carried = urls.query_state() if state is None else state
    href = urls.address("training_image", **{**carried, "train": row, "method": method or carried.get("method")})
    return Tile(
        str(row), thumbnail_url(run.id, "train", row), alt, lines, href, inline=inline_thumbnail(run.id, "train", row)
    )


def _label_and_prediction(run: Run, row: int) -> tuple[str, tuple[str, str]]:
    """Return the description of a training image and the lines under it."""
    label, shares = run.class_names[run.train_labels[row]], run.head.train_probabilities[row]
    predicted, sure = run.class_names[int(shares.argmax())], screen_text.probability(float(shares.max()))
    verdict = f"{'✓' if label == predicted else '✗'} says {predicted} {sure}"
    alt = f"training image {row}, labelled {label}, the model says {predicted} with probability {sure}"
    return alt, (label, verdict)


def neighbour_tiles(run: Run, explanation: Attribution, side: list[Neighbour], word: str) -> list[Tile]:
    """Return the tiles of helpful or harmful training images, strongest first."""
    state, scale = urls.query_state(), explanation.scale
    places = [(entry, (word, rank, scale)) for rank, entry in enumerate(side, 1)]
    return marked(run, "train", [_neighbour_tile(run, state, explanation, *place) for place in places])


def _neighbour_tile(
    run: Run, state: Mapping[str, str], explanation: Attribution, entry: Neighbour, place: tuple[str, int, Scale]
) -> Tile:
    word, rank, scale = place
    score = scale.score(entry.score)
    argue = f"argue {'for' if word == 'helpful' else 'against'} {explanation.target}"
    alt = f"training image {entry.train_index}, labelled {entry.label}, number {rank} of those that {argue}, score {score[2:]}"
    after = entry.probability_without
    without = () if after is None else (scale.without(explanation.target, explanation.probability, after),)
    tile = training_tile(
        run,
        entry.train_index,
        alt=alt,
        lines=(entry.label, score, *without),
        method=explanation.method,
        state=state,
    )
    return replace(tile, sign=word, bar=scale.bar(entry.score))


def effect_tiles(
    run: Run, scores: np.ndarray, sign: int, word: str, method: str, top: int, own: np.ndarray | None = None
) -> list[Tile]:
    """Return the tiles of the test images on which one training image acts most, of one sign, strongest first.

    ``own`` are the probabilities ``(m, C)`` of the network's own last layer, in place of the run's head.
    """
    rows = np.argsort(-sign * scores, kind="stable")[:top]
    scale = scale_of((float(scores.min()), float(scores.max())), 0.0, ())
    shown = [(int(row), float(scores[row])) for row in rows if sign * scores[row] > 0]
    tiles = [prediction_tile(run, row, method, True, None if own is None else own[row]) for row, _ in shown]
    acting = [_acting(tile, score, word, scale) for tile, (_, score) in zip(tiles, shown, strict=True)]
    return marked(run, "test", acting)


def _acting(tile: Tile, score: float, word: str, scale: Scale) -> Tile:
    """Return the tile of a test image with the score of a training image on it."""
    signed = scale.score(score)
    return replace(
        tile,
        alt=f"{tile.alt}; {word}, score {signed[2:]}",
        lines=(tile.lines[0], signed, tile.lines[1]),
        sign=word,
        bar=scale.bar(score),
    )


def unlinked(tile: Tile) -> Tile:
    """Return the tile without its link."""
    return replace(tile, href="")
