"""The first screen: one mistake, what argues for each answer, and the proof that the training images decide it."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from explorer.app import backend, screen_text, urls
from explorer.app.background.covered import is_covered
from explorer.app.background.supervisor import is_wanted
from explorer.app.components.blocks.blocks import Block, doors, small, text
from explorer.app.components.current_case.current_case import Case, current_case
from explorer.app.components.explanation_sections.explanation_sections import TOP, answer, legend, side_texts
from explorer.app.components.gallery.gallery import Section, Tile, gallery
from explorer.app.components.image_marks.image_marks import marked
from explorer.app.components.image_tiles.image_tiles import explained_tile, neighbour_tiles, training_tile
from explorer.app.components.job_progress.awaited import awaited
from explorer.app.components.methods.methods import predicts_refit
from explorer.evaluation.flip import Flip
from explorer.runs.results.explanation import Explanation
from explorer.runs.results.flipping_sets import first_mistake
from explorer.runs.run import Run

# Pictures a side, and pictures of the proof: two rows and one row at 1280 px.
GLIMPSE, STRIP = 8, 16
ASKED = "How few training images have to go until it changes its mind?"
NOT_SEARCHED = "Nobody has searched yet."
COMING = "The program is finding out, in the background; the answer shows here by itself."
NUMBERS = (
    "The number and the bar: how much more (▲) or less (▼) {answer} would surprise the model without that one picture."
)
NOTHING_WRONG = "No test image is misclassified: there is nothing to debug here."


def first_screen(run: Run) -> list[Block]:
    """Return the image in hand, else the surest mistake of the run, with what argues for each answer, the proof, and ways on."""
    case, mistake = current_case(), first_mistake(run)
    target = _other_target(case)
    method = backend.answering_method(run.id, case.test, case.method or run.default_method, target)
    found = backend.explain(run.id, case.test, method, TOP, target)
    waiting = awaited(_unproved(run, found.index), "flip", run.id)  # first: what ends in between is not missed
    flip = backend.known_flip(run.id, found.index)
    proof = _proof(run, found, flip) if flip else [waiting] if run.curvature.dense else []
    nothing = [text(NOTHING_WRONG)] if mistake is None else []
    ways = doors(*_ways(run, found, flip), *_way_to_mistake(run, found, mistake), *_ways_on())
    return [*nothing, _image(run, found), *proof, ways, small(_meaning(found))]


def _other_target(case: Case) -> str | None:
    """Return the class in hand where it is not the image's own."""
    own = case.run.class_names[case.run.test_labels[case.test]]
    return case.target if case.target not in ("", own) else None


def _ways(run: Run, found: Explanation, flip: Flip | None) -> list[tuple[str, str]]:
    """Return the ways to the whole explanation and to its proof."""
    prove = "See the proof" if flip else "Find out how few decide it: some seconds"
    proof = [(prove, _explain(found, prove="harmful-1", flip="removing", find=str(found.index)))]
    return [("See all that argue for it and against it", _explain(found)), *(proof if run.curvature.dense else [])]


def _way_to_mistake(run: Run, found: Explanation, mistake: int | None) -> list[tuple[str, str]]:
    """Return the way from a right prediction to the surest wrong one."""
    if mistake is None or found.label != found.predicted:
        return []
    label, said = run.class_names[run.test_labels[mistake]], run.class_names[run.predicted[mistake]]
    words = f"Its surest mistake: {label} {mistake}, called {screen_text.article(said)}"
    return [(words, urls.address("", **urls.query_state(test=mistake, target="")))]


def _ways_on() -> list[tuple[str, str]]:
    return [
        ("Browse all wrong predictions", urls.address("predictions", **urls.query_state(show="wrong"))),
        ("Learn how it works", urls.address("learn", **urls.state_for_learn())),
    ]


def _image(run: Run, found: Explanation) -> Block:
    """Return a prediction beside the strongest training images that argue for each answer."""
    sides = (
        neighbour_tiles(run, found, *side)
        for side in ((found.helpful[:GLIMPSE], "helpful"), (found.harmful[:GLIMPSE], "harmful"))
    )
    galleries = [
        Section(title, [replace(tile, lines=tile.lines[:2]) for tile in tiles], title, said, tile=84)
        for title, tiles, said in zip(answer(found, found.label).sides(), sides, side_texts(found), strict=True)
    ]
    image = marked(run, "test", [replace(explained_tile(run, found), href=_explain(found))])
    wrong = found.label != found.predicted
    called = f"This {found.label} was called {screen_text.article(found.predicted)}"
    called = called if wrong else f"{called}: right"
    name = "Misclassified image" if wrong else "Image in hand"
    return gallery(Section(name, image, called, tile=220, single=True), *galleries)


def _meaning(found: Explanation) -> str:
    """Return what the numbers mean, and why pictures of both classes stand on both sides."""
    if not predicts_refit(found.method):
        return legend(found, found.label)
    said = "the right answer" if found.target == found.label else f"the answer {found.target}"
    return f"{NUMBERS.format(answer=said)} {answer(found, found.label).why_others()}"


def _unproved(run: Run, index: int) -> str:
    """Return what stands in the place of the proof."""
    coming = is_wanted() and index == first_mistake(run) and is_covered(run.manifest)
    return f"{ASKED} {COMING if coming else NOT_SEARCHED}"


def _proof(run: Run, found: Explanation, flip: Flip) -> list[Block]:
    """Return the sentence on the few training images without which the model says something else, with their pictures."""
    if flip.rows is None:
        return [text(f"However many training images are left out, the model goes on saying {found.predicted}.")]
    shown, sentence = _strip(run, flip.rows[:STRIP].tolist()), _sentence(run, flip.rows, flip.after)
    return [gallery(Section("Images of the flipping set", shown, sentence, _rest(len(shown), len(flip.rows)), tile=56))]


def _sentence(run: Run, rows: np.ndarray, after: int) -> str:
    """Return what the model says without a flipping set."""
    these = "this one" if len(rows) == 1 else f"these {len(rows):,}"
    return f"Without {these} of {len(run.train_labels):,} training images it says {run.class_names[after]}: really refitted"


def _rest(shown: int, count: int) -> str:
    return f"The strongest {shown:,} of them:" if shown < count else ""


def _strip(run: Run, rows: Sequence[int]) -> list[Tile]:
    tiles = marked(run, "train", [training_tile(run, row) for row in rows])
    return [replace(tile, lines=(), file="") for tile in tiles]


def _explain(found: Explanation, **state: str) -> str:
    return urls.address("explain", **urls.query_state(test=found.index, **state))
