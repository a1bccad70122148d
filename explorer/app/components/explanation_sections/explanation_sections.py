"""The galleries of an explanation: the image in question, what helped and what harmed, for each page that shows them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from explorer.app import backend, screen_text, urls, whole_network
from explorer.app.components.blocks.blocks import Block, doors
from explorer.app.components.gallery.gallery import Section, Tile
from explorer.app.components.image_marks.image_marks import image_file, marked
from explorer.app.components.image_tiles.image_tiles import (
    effect_tiles,
    explained_tile,
    neighbour_tiles,
    unlinked,
)
from explorer.app.components.methods.methods import method_title, predicts_refit
from explorer.app.components.methods.whole_methods import FITTED, NETWORK, WHOLE_LEGEND, WHOLE_METHODS
from explorer.app.server import inline_thumbnail, thumbnail_url
from explorer.core.captions import LEGEND, RANKED, Answer, Side, gallery_sentence, side_sentence
from explorer.runs.results.explanation import Attribution, Explanation
from explorer.runs.run import Run
from explorer.runs.whole_network.network_outputs import probabilities

# Pictures in a gallery of helpful or harmful images.
TOP = 24
# As many as a person may ask for; each picture of so many comes by its own address or travels along, 3 kB.
MOST = 384
# Rows of them that are shown at first: what can be done about them stays within reach.
ROWS = 2


def explanation_sections(run: Run, explanation: Explanation) -> list[Section]:
    """Return the sections of Explain, above which :func:`whole_sentence` stands: the image, and both sides."""
    sides = side_sections(run, explanation, explanation.label)
    return [image_section(run, explanation), *(replace(side, text="") for side in sides)]


def image_section(run: Run, explanation: Explanation) -> Section:
    """Return the section of the image that is explained, with what the model says of it."""
    (image,) = marked(run, "test", [unlinked(explained_tile(run, explanation))])
    says = f"{explanation.predicted} {'✓' if explanation.label == explanation.predicted else '✗'}"
    facts = [("Labelled", explanation.label), (f"{speaker(explanation)} says", says)]
    facts += [(f"P({name})", screen_text.probability(share)) for name, share in likeliest(explanation)]
    said = both_layers(run, explanation)
    return Section("The test image", [image], "This image", said, facts, tile=260, single=True)


def speaker(explanation: Attribution) -> str:
    """Return who says the probabilities of an explanation, as a sentence begins."""
    return NETWORK.capitalize() if explanation.whole else "The model"


def both_layers(run: Run, explanation: Explanation) -> str:
    """Return what is said beside the facts: of a network with two last layers, what the one says that is not explained."""
    shares = (
        run.test_probabilities[explanation.index]
        if explanation.whole
        else whole_network.own_shares(run, explanation.index)
    )
    if shares is None:
        return "What the model makes of it."
    other = f"{run.class_names[int(shares.argmax())]} {screen_text.probability(float(shares.max()))}"
    if explanation.whole:
        return f"What its own last layer makes of it. {FITTED.capitalize()} says {other}; most other pages show that."
    return f"What the last layer, fitted again, makes of it. {NETWORK.capitalize()} says {other}."


def side_sections(run: Run, explanation: Attribution, label: str = "") -> list[Section]:
    """Return the galleries of the helpful and the harmful training images of an explanation.

    Args:
        run: that is explained.
        explanation: with the images of both sides.
        label: the class that the picture really is; empty where nobody said it.
    """
    sides = ((explanation.helpful, "helpful"), (explanation.harmful, "harmful"))
    tiles = [neighbour_tiles(run, explanation, *side) for side in sides]
    titles, texts = answer(explanation, label).sides(), side_texts(explanation)
    return [
        Section(title, shown, title, said, empty="No training image does.", rows=ROWS, order="effect")
        for title, shown, said in zip(titles, tiles, texts, strict=True)
    ]


def answer(explanation: Attribution, label: str = "") -> Answer:
    """Return what an explanation is of, to be named in titles and sentences."""
    return Answer(explanation.target, label, explanation.predicted, list(explanation.probabilities))


def side_texts(explanation: Attribution) -> tuple[str, str]:
    """Return a sentence on each side: what leaving its images out would do."""
    target, before, scale = explanation.target, explanation.probability, explanation.scale
    if not predicts_refit(explanation.method):
        by = f"By {method_title(explanation.method)}, each of them speaks"
        return f"{by} for {target}.", f"{by} against {target}."
    afters = (
        [entry.probability_without for entry in side if entry.probability_without is not None]
        for side in (explanation.helpful, explanation.harmful)
    )
    helped, harmed = (side_sentence(target, before, after, scale.points_digits) for after in afters)
    return helped, harmed


def whole_sentence(
    run: Run, explanation: Explanation, together: tuple[float | None, float | None] = (None, None)
) -> str:
    """Return what the images of both sides do: each alone, all of a side together where that is known, and how few flip the answer.

    Args:
        run: that is explained.
        explanation: with the images of both sides.
        together: the probability of the class without those that argue for it, and without those that argue against it.
    """
    if not predicts_refit(explanation.method):
        return " ".join(said for said in side_texts(explanation) if said)
    before, target = explanation.probability, explanation.target
    sides = [
        Side(mark, [each.probability_without for each in side if each.probability_without is not None], after)
        for mark, side, after in zip(
            (screen_text.HELPFUL, screen_text.HARMFUL),
            (explanation.helpful, explanation.harmful),
            together,
            strict=True,
        )
    ]
    said = gallery_sentence(target, before, sides, explanation.scale.points_digits)
    flip = backend.known_flip(run.id, explanation.index)
    if flip is None or flip.rows is None:
        return said
    return f"{said} Without {screen_text.counted(len(flip.rows), 'image')} it says {run.class_names[flip.after]} (really refitted)."


def legend(explanation: Attribution, label: str = "") -> str:
    """Return what the numbers under the pictures mean, and why pictures of both classes stand on both sides."""
    ranks = not predicts_refit(explanation.method)
    words = RANKED if ranks else WHOLE_LEGEND if explanation.method in WHOLE_METHODS else LEGEND
    meaning = words.format(target=explanation.target, method=method_title(explanation.method))
    return f"{meaning} {answer(explanation, label).why_others()}"


def shown_a_side() -> int:
    """Return how many pictures a side the address asks for: ``TOP``, or four or sixteen times as many."""
    return min(max(urls.int_param("top") or TOP, TOP), MOST)


def more_links(page: str, top: int, sides: Sequence[Section]) -> list[Block]:
    """Return the links to more pictures a side, and back to ``TOP``; none where all that have an effect are shown.

    Args:
        page: on which the galleries stand.
        top: how many of a side are shown at most.
        sides: the galleries.
    """
    full = any(len(side.tiles) >= top for side in sides)
    links = [(f"Show {4 * top} a side", urls.changed_address(page, top=4 * top))] if full and 4 * top <= MOST else []
    links += [(f"Show {TOP} a side", urls.changed_address(page, top=""))] if top > TOP else []
    return [doors(*links)] if links else []


def effect_numbers(run: Run, scores: np.ndarray, method: str) -> tuple[list[str], list[list[object]]]:
    """Return columns and rows of what one training image does to the ``MOST`` test images on which it acts most."""
    columns = ["test image", "file", "label", "prediction", f"score ({method})"]
    names, shares = run.class_names, _own_shares(run, method)
    predicted = run.predicted if shares is None else shares.argmax(axis=1)
    rows = np.argsort(-np.abs(scores), kind="stable")[:MOST]
    return columns, [
        [
            int(row),
            image_file(run, "test", int(row)),
            names[run.test_labels[row]],
            names[predicted[row]],
            float(scores[row]),
        ]
        for row in rows
    ]


def method_sections(run: Run, explanation: Explanation, shown: int) -> list[Section]:
    """Return the sections of one method on Compare: its most helpful and most harmful images."""
    sides = ((explanation.helpful[:shown], "helpful"), (explanation.harmful[:shown], "harmful"))
    titles = answer(explanation, explanation.label).sides()
    helped, harmed = (neighbour_tiles(run, explanation, *side) for side in sides)
    return [
        Section(
            f"{method_title(explanation.method)}: {titles[0][2:]}",
            helped,
            titles[0],
            f"By {method_title(explanation.method)}.",
            empty="No training image does.",
            tile=84,
        ),
        Section(
            f"{method_title(explanation.method)}: {titles[1][2:]}",
            harmed,
            titles[1],
            f"By {method_title(explanation.method)}.",
            empty="No training image does.",
            tile=84,
        ),
    ]


def effect_sections(run: Run, index: int, scores: np.ndarray, method: str, top: int = TOP) -> list[Section]:
    """Return the sections of Training image: the image, the test images that it helps, and those that it harms."""
    own = _own_shares(run, method)
    helps, harms = (effect_tiles(run, scores, *side, method, top, own) for side in ((1, "helpful"), (-1, "harmful")))
    refit = predicts_refit(method)
    lose, gain = (
        ("Without it their label would be less likely.", "Without it their label would be more likely.")
        if refit
        else (f"By {method_title(method)}.",) * 2
    )
    return [
        training_section(run, index, method),
        _effects("▲ argues for their labels", helps, lose, "It does so for none."),
        _effects("▼ argues against their labels", harms, gain, "It does so for none."),
    ]


def training_section(run: Run, index: int, method: str) -> Section:
    """Return a training image with what is known of it; of what the last layer says nothing where the whole network is asked."""
    label = run.class_names[run.train_labels[index]]
    alt = f"training image {index}, labelled {label}"
    source = thumbnail_url(run.id, "train", index)
    image = Tile(str(index), source, alt, (), inline=inline_thumbnail(run.id, "train", index))
    facts = [("Labelled", label)] if method in WHOLE_METHODS else training_facts(run, index, label)
    said = f"Training image {index}."
    return Section(alt, marked(run, "train", [image]), "This image", said, facts, tile=260, single=True)


def _own_shares(run: Run, method: str) -> np.ndarray | None:
    """Return what the network itself says of the test images ``(m, C)`` where a method of it is shown and that is kept, else None."""
    logits = whole_network.own_logits(run) if method in WHOLE_METHODS else None
    return None if logits is None else probabilities(logits)


def _effects(title: str, tiles: list[Tile], sentence: str, empty: str) -> Section:
    """Return one side of Training image: test images, the strongest effect first."""
    return Section(title, tiles, title, sentence, empty=empty, rows=ROWS, order="effect")


def training_facts(run: Run, index: int, label: str) -> list[tuple[str, str]]:
    """Return the facts on a training image: label, its probability with and without the image (by ``newton``), leverage."""
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


def likeliest(explanation: Attribution) -> list[tuple[str, float]]:
    """Return the five most probable classes with their probabilities."""
    return sorted(explanation.probabilities.items(), key=lambda entry: -entry[1])[:5]


def cuts(explanation: Attribution) -> tuple[float | None, float | None]:
    """Return the weakest score in the harmful and in the helpful gallery; None for an empty one."""
    low, high = (side[-1].score if side else None for side in (explanation.harmful, explanation.helpful))
    return low, high


def culprit(run: Run, test: int, method: str) -> int:
    """Return the training image that harms a test image most; where none harms it, the one that helps it most."""
    found = backend.explain(run.id, test, method, TOP)
    return (found.harmful or found.helpful)[0].train_index
