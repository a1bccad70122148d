"""Pieces that several pages draw: their head, and tiles for images."""

from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from explorer.runs.explanation import Explanation, Neighbour
from explorer.runs.run import Run
from explorer.ui import backend, links, words
from explorer.ui.gallery import Tile
from explorer.ui.server import inline, url

# What a person reads beside the menu of estimators.
METHODS = (
    "newton: leaves the image out and takes one exact step towards the new best weights. "
    "influence: the classical first-order estimate (Koh & Liang 2017); it fails where one image has much leverage."
)
LEVERAGE = (
    "How strongly the fit depends on this image by its position alone; first-order scores fail where it is large."
)


def head(title: str, question: str) -> Run:
    """Draw a page's title, its question, the menu of runs and what must be known of the data; return the run."""
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    left.title(title, anchor=False)
    names = list(backend.runs())
    name = links.run_name()
    with right:
        if name in names and len(names) > 1:
            links.choice("run", "Run", names, name)
    run = backend.run(links.run_id())
    st.markdown(question)
    if run.manifest["notice"]:
        st.info(run.manifest["notice"], icon=":material/info:")
    if run.manifest["backbone"] == "small-cnn":
        st.info(
            "This network was trained on the same images, so the scores are only the last layer's share of their influence.",
            icon=":material/info:",
        )
    return run


def image_tile(run: Run, index: int, method: str = "") -> Tile:
    """Return the tile of a test image: its label and what the model said."""
    label, predicted = run.class_names[run.test_labels[index]], run.class_names[run.predicted[index]]
    sure = words.probability(float(run.test_probabilities[index].max()))
    verdict = f"✗ says {predicted} {sure}" if label != predicted else f"✓ says {predicted} {sure}"
    alt = f"test image {index}, labelled {label}, the model says {predicted} with probability {sure}"
    return Tile(str(index), url(run.id, "test", index), alt, (label, verdict), explain_link(index, method))


def explain_link(index: int, method: str = "") -> str:
    """Return the link to the explanation of a test image in the same run."""
    return links.address("explain", run=links.run_name(), test=index, method=method)


def neighbour_tiles(run: Run, explanation: Explanation, side: list[Neighbour], word: str) -> list[Tile]:
    """Return the tiles of helpful or harmful training images, strongest first."""
    return [_neighbour_tile(run, explanation, entry, word, rank) for rank, entry in enumerate(side, 1)]


def _neighbour_tile(run: Run, explanation: Explanation, entry: Neighbour, word: str, rank: int) -> Tile:
    score = words.signed(entry.score)
    alt = f"{word} {rank}, labelled {entry.label}, score {score[2:]}, training image {entry.train_index}"
    without = words.change(explanation.target, explanation.probability, entry.probability_without)
    href = links.address("training_image", run=links.run_name(), train=entry.train_index, method=explanation.method)
    source = url(run.id, "train", entry.train_index)
    shown = inline(run.id, "train", entry.train_index)
    return Tile(str(entry.train_index), source, alt, (entry.label, score, without), href, word, shown)


@dataclass(frozen=True)
class TrainingFacts:
    """What is said of a training image: probabilities of its own label with and without it, and its leverage."""

    probability: float
    probability_without: float
    leverage: float


def training_facts(run: Run, index: int) -> TrainingFacts:
    """Return the facts of training image ``index``; its self-influence is computed exactly by ``newton``."""
    scorer, label = run.scorer("newton"), run.train_labels[index : index + 1]
    tests = scorer.tests(run.head.train_features[index : index + 1], label)
    before = float(tests.probabilities[0, label[0]])
    after = before * float(np.exp(-scorer.column(index, tests)[0]))
    return TrainingFacts(before, after, float(run.curvature.leverages[index]))


def effect_tiles(run: Run, scores: np.ndarray, sign: int, word: str, method: str, top: int) -> list[Tile]:
    """Return the tiles of the test images on which one training image acts most, of one sign, strongest first."""
    rows = np.argsort(-sign * scores, kind="stable")[:top]
    return [_effect_tile(run, int(row), float(scores[row]), word, method) for row in rows if sign * scores[row] > 0]


def _effect_tile(run: Run, index: int, score: float, word: str, method: str) -> Tile:
    tile, signed = image_tile(run, index, method), words.signed(score)
    return replace(
        tile,
        inline=inline(run.id, "test", index),
        alt=f"{tile.alt}; {word}, score {signed[2:]}",
        lines=(tile.lines[0], signed, tile.lines[1]),
        sign=word,
    )


def plain(tile: Tile) -> Tile:
    """Return the tile without its link."""
    return replace(tile, href="")


def likeliest(explanation: Explanation) -> list[tuple[str, float]]:
    """Return the five likeliest classes with their probabilities."""
    return sorted(explanation.probabilities.items(), key=lambda entry: -entry[1])[:5]


def cuts(explanation: Explanation) -> tuple[float, float]:
    """Return the weakest scores that the harmful and the helpful gallery show."""
    sides = (explanation.harmful, explanation.helpful)
    low, high = (side[-1].score if side else 0.0 for side in sides)
    return low, high
