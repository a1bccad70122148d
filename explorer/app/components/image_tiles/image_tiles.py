"""Pieces that several pages draw: their head, menus, and tiles for images."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from explorer.app import backend, screen_text, urls
from explorer.app.components.blocks import blocks
from explorer.app.components.blocks.blocks import Block, Menu
from explorer.app.components.gallery.gallery import Section, Tile
from explorer.app.components.leverage_badge.leverage_badge import leverage_badge
from explorer.app.server import inline, url
from explorer.attribution import ESTIMATORS
from explorer.runs.results.explanation import Attribution, Explanation, Neighbour
from explorer.runs.run import Run

# Pictures in a gallery of helpful or harmful images.
TOP = 24
# What a person reads beside the menu of estimators.
METHODS = {
    "newton": "Leaves the image out and takes one exact step towards the new best weights.",
    "influence": "The classical first-order estimate (Koh & Liang 2017).",
    "influence-cg": "The classical estimate, solved by conjugate gradients.",
    "influence-lissa": "The classical estimate by a random series: some noise, some seconds.",
    "relatif": "The classical estimate, divided by how far the image moves the weights.",
    "tracin": "Adds up ten steps of the last layer's own training; it does not predict what a refit would do.",
    "graddot": "Compares gradients; it does not predict what a refit would do.",
    "gradcos": "Compares the directions of gradients; it does not predict what a refit would do.",
    "representer": "Splits the class's logit among the training images; no prediction of a refit.",
    "similarity": "Asks only which images look alike to the network.",
}
EPOCHS = "Adds up what the saved epochs of this network's training did; it does not predict what a refit would do."


def opened() -> Run:
    """Return the run that the address asks for."""
    return backend.run(urls.run_id())


def test_index(run: Run) -> int:
    """Return the test image that the address asks for, else the one of whose wrong class the model is surest."""
    given, wrong = urls.number("test"), run.confidently_wrong()
    return run.check_test(given if given is not None else int(wrong[0]) if len(wrong) else 0)


def head(run: Run, title: str, question: str, *methods: str) -> Block:
    """Return a page's title, its question, the menu of runs and what must be known of the data and the methods shown."""
    name = urls.run_name()
    names = urls.run_names(name)
    menus = [urls.menu("run", "Run", names, name)] if name in names and len(names) > 1 else []
    share = (
        "This network was trained on the same images, so the scores are only the last layer's share of their influence."
    )
    notices = [run.manifest["notice"]] if run.manifest["notice"] else []
    notices += [share] if run.manifest["backbone"] == "small-cnn" else []
    first_order = any(name.startswith("influence") for name in methods)
    holds, words_ = leverage_badge(run) if first_order else (True, "")
    return blocks.head(title, question, notices if holds else [*notices, words_], *menus)


def method(run: Run, name: str = "method", default: str = "") -> str:
    """Return the estimator that the address asks for."""
    return urls.one_of(name, run.methods, default or run.default_method)


def says(run: Run, name: str) -> str:
    """Return the sentence on an estimator, as it works in this run."""
    return EPOCHS if name == "tracin" and run.epochs else METHODS[name]


def method_menu(run: Run, name: str = "method", label: str = "How the score is computed", default: str = "") -> Menu:
    """Return the menu of estimators, with a sentence on the chosen one."""
    return urls.menu(name, label, run.methods, default or run.default_method, says(run, method(run, name, default)))


def image_tile(run: Run, index: int, method: str = "", pictured: bool = False) -> Tile:
    """Return the tile of a test image: its label and what the model said; ``pictured`` sends the picture along."""
    label, predicted = run.class_names[run.test_labels[index]], run.class_names[run.predicted[index]]
    sure = screen_text.probability(float(run.test_probabilities[index].max()))
    verdict = f"✗ says {predicted} {sure}" if label != predicted else f"✓ says {predicted} {sure}"
    alt = f"test image {index}, labelled {label}, the model says {predicted} with probability {sure}"
    shown = inline(run.id, "test", index) if pictured else ""
    source, href = url(run.id, "test", index), explain_link(index, method)
    return Tile(str(index), source, alt, (label, verdict), href, inline=shown)


def image_tiles(run: Run, rows: Sequence[int]) -> list[Tile]:
    """Return the tiles of many test images; small pictures travel along, photographs come by their own address."""
    small = len(rows) > 0 and bool(inline(run.id, "test", rows[0]))
    return [image_tile(run, row, pictured=small) for row in rows]


def explain_link(index: int, method: str = "") -> str:
    """Return the link to the explanation of a test image in the same run."""
    return urls.address("explain", run=urls.run_name(), test=index, method=method)


def explanation_sections(run: Run, found: Explanation) -> list[Section]:
    """Return what Explain shows, as a sentence from left to right: this image, was taught by, and misled by."""
    image = plain(image_tile(run, found.index, pictured=True))
    facts = [
        ("Labelled", found.label),
        ("The model says", f"{found.predicted} {'✓' if found.label == found.predicted else '✗'}"),
    ]
    facts += [(f"P({name})", screen_text.probability(share)) for name, share in likeliest(found)]
    return [
        Section("The test image", [image], "This image", "What the model makes of it.", facts, tile=260, single=True),
        *side_sections(run, found),
    ]


def side_sections(run: Run, found: Attribution) -> list[Section]:
    """Return the two galleries of an explanation: was taught by these, and misled by these."""
    helped, harmed = (
        neighbour_tiles(run, found, *side) for side in ((found.helpful, "helpful"), (found.harmful, "harmful"))
    )
    if predicts_refit(found.method):
        less, more = (
            f"Without each of them, the model would be {how} of {found.target}." for how in ("less sure", "surer")
        )
    else:
        less, more = (f"By {found.method}, each of them speaks {how} {found.target}." for how in ("for", "against"))
    return [
        Section("▲ was taught by these", helped, "▲ was taught by these", less, empty="No training image helped."),
        Section("▼ and misled by these", harmed, "▼ and misled by these", more, empty="No training image harmed."),
    ]


def neighbour_tiles(run: Run, explanation: Attribution, side: list[Neighbour], word: str) -> list[Tile]:
    """Return the tiles of helpful or harmful training images, strongest first."""
    name = urls.run_name()
    return [_neighbour_tile(run, name, explanation, entry, word, rank) for rank, entry in enumerate(side, 1)]


def _neighbour_tile(run: Run, name: str, explanation: Attribution, entry: Neighbour, word: str, rank: int) -> Tile:
    score = screen_text.signed(entry.score)
    alt = f"{word} {rank}, labelled {entry.label}, score {score[2:]}, training image {entry.train_index}"
    after = entry.probability_without
    without = () if after is None else (screen_text.change(explanation.target, explanation.probability, after),)
    tile = training_tile(run, name, entry.train_index, alt, (entry.label, score, *without), explanation.method)
    return replace(tile, sign=word)


def training_tile(run: Run, name: str, row: int, alt: str, lines: tuple[str, ...], method: str = "") -> Tile:
    """Return the tile of a training image, which leads to all that it does; ``name`` is what the address calls the run."""
    href = urls.address("training_image", run=name, train=row, method=method)
    return Tile(str(row), url(run.id, "train", row), alt, lines, href, inline=inline(run.id, "train", row))


def method_sections(run: Run, found: Explanation, shown: int) -> list[Section]:
    """Return what Compare shows of one method: its strongest helpful and harmful images."""
    sides = ((found.helpful[:shown], "helpful"), (found.harmful[:shown], "harmful"))
    helped, harmed = (neighbour_tiles(run, found, *side) for side in sides)
    return [
        Section(f"{found.method}: helpful", helped, f"▲ helpful by {found.method}", empty="No image helped.", tile=84),
        Section(f"{found.method}: harmful", harmed, f"▼ harmful by {found.method}", empty="No image harmed.", tile=84),
    ]


def glimpse_sections(run: Run, found: Explanation) -> list[Section]:
    """Return what the overview shows of one explanation: the image and the four strongest a side."""
    helped, harmed = (
        neighbour_tiles(run, found, *side) for side in ((found.helpful[:4], "helpful"), (found.harmful[:4], "harmful"))
    )
    return [
        Section("Misclassified image", [image_tile(run, found.index, pictured=True)], tile=180, single=True),
        Section("▲ taught it right", helped, "▲ taught it right", tile=84),
        Section("▼ misled it", harmed, "▼ misled it", tile=84),
    ]


def effect_sections(run: Run, index: int, scores: np.ndarray, method: str) -> list[Section]:
    """Return what Training image shows: the image, the test predictions that it helps, and those that it harms."""
    label = run.class_names[run.train_labels[index]]
    alt = f"training image {index}, labelled {label}"
    image = Tile(str(index), url(run.id, "train", index), alt, (), inline=inline(run.id, "train", index))
    helps, harms = (effect_tiles(run, scores, *side, method, TOP) for side in ((1, "helpful"), (-1, "harmful")))
    refit = predicts_refit(method)
    lose, gain = ("They would lose without it.", "They would gain without it.") if refit else (f"By {method}.",) * 2
    return [
        Section(
            alt,
            [image],
            "This image",
            f"Training image {index}.",
            training_facts(run, index, label),
            tile=260,
            single=True,
        ),
        Section(
            "▲ helps these predictions",
            helps,
            "▲ helps these predictions",
            lose,
            empty="It helps none.",
        ),
        Section(
            "▼ harms these predictions",
            harms,
            "▼ harms these predictions",
            gain,
            empty="It harms none.",
        ),
    ]


def training_facts(run: Run, index: int, label: str) -> list[tuple[str, str]]:
    """Return what is said of a training image; ``newton`` predicts its probability without itself."""
    if not run.curvature.dense:
        return [("Labelled", label)]
    scorer, own = run.scorer("newton"), run.train_labels[index : index + 1]
    tests = scorer.tests(run.head.train_features[index : index + 1], own)
    before = float(tests.probabilities[0, own[0]])
    after = before * float(np.exp(-scorer.column(index, tests)[0]))
    return [
        ("Labelled", label),
        (f"P({label})", screen_text.probability(before)),
        ("Predicted without it", screen_text.probability(after)),
        (f"Leverage, of at most {len(run.class_names) - 1}", f"{run.curvature.leverages[index]:.3f}"),
    ]


def effect_tiles(run: Run, scores: np.ndarray, sign: int, word: str, method: str, top: int) -> list[Tile]:
    """Return the tiles of the test images on which one training image acts most, of one sign, strongest first."""
    rows = np.argsort(-sign * scores, kind="stable")[:top]
    return [_effect_tile(run, int(row), float(scores[row]), word, method) for row in rows if sign * scores[row] > 0]


def _effect_tile(run: Run, index: int, score: float, word: str, method: str) -> Tile:
    tile, signed = image_tile(run, index, method, pictured=True), screen_text.signed(score)
    return replace(
        tile,
        alt=f"{tile.alt}; {word}, score {signed[2:]}",
        lines=(tile.lines[0], signed, tile.lines[1]),
        sign=word,
    )


def plain(tile: Tile) -> Tile:
    """Return the tile without its link."""
    return replace(tile, href="")


def likeliest(explanation: Attribution) -> list[tuple[str, float]]:
    """Return the five likeliest classes with their probabilities."""
    return sorted(explanation.probabilities.items(), key=lambda entry: -entry[1])[:5]


def predicts_refit(method: str) -> bool:
    """Return whether a method's scores predict what happens to the loss when an image is left out."""
    return ESTIMATORS[method].unit == "nats"


def unit(method: str) -> str:
    """Return what a score of this method counts, to stand behind the word score."""
    if predicts_refit(method):
        return ": change of the test loss if the image were left out, in nats"
    return f" ({ESTIMATORS[method].unit})"


def meaning(found: Attribution) -> str:
    """Return what the scores of an explanation say, and what they do not."""
    if not predicts_refit(found.method):
        return f"Scores of {found.method} rank the images; they do not predict what would happen if one were left out."
    solved = "" if found.residual is None else f" Solved step by step, to a relative residual of {found.residual:.1e}."
    solved += "" if found.exact else f" {screen_text.SCANNED}"
    return (
        "A score predicts how much the loss (−log of the probability of the class explained) would rise if one training "
        f"image were left out and the last layer fitted again. Scores of many images together do not simply add up.{solved}"
    )


def cuts(explanation: Attribution) -> tuple[float | None, float | None]:
    """Return the weakest scores that the harmful and the helpful gallery show."""
    low, high = (side[-1].score if side else None for side in (explanation.harmful, explanation.helpful))
    return low, high
