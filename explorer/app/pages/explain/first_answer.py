"""An answer of many classes in two parts: at once an order to look at, without a figure, and then the exact scores in its place.

Both are drawn into the same elements, with the same number of lines, so that nothing moves when the exact answer is there.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import streamlit as st

from explorer.app import backend
from explorer.app.components.blocks.blocks import Block, draw, heading, small
from explorer.app.components.explanation_sections.explanation_sections import (
    ROWS,
    answer,
    image_section,
    legend,
    more_links,
)
from explorer.app.components.gallery.gallery import Section, Tile, gallery
from explorer.app.components.image_actions.image_actions import on_explanation
from explorer.app.components.image_marks.image_marks import marked
from explorer.app.components.image_tiles.image_tiles import training_tile
from explorer.app.components.said_above.said_above import said
from explorer.app.pages.explain.own_picture import own_picture_link
from explorer.core.phrases import HARMFUL, HELPFUL
from explorer.runs.results.explanation import Explanation
from explorer.runs.run import Run

FIRST = (
    "First estimate: these images are among the strongest, and their order may still change a little. The exact scores are being "
    "computed; every number takes its place below its picture when they are there."
)
# Why a button that acts on the images shown cannot be pressed yet.
WAITS = "The exact scores follow; then it is certain which images these are."
# In the place of a number that follows.
NUMBER = "······"
# The heading below the galleries, in both parts.
ALL = "Where these scores lie among all"
# The element of the progress; :mod:`explorer.app.frame.main` has its place.
WAITING = "exact-waits"


def draw_until_exact(
    run: Run, asked: tuple[int, str, int, str | None], head: Callable[[Explanation], Sequence[Block]]
) -> None:
    """Draw a first estimate with the progress of the exact answer, and then the page again; nothing where that is quick, or there.

    Args:
        run: that is explained.
        asked: test image, method, images a side, and the class where it is not the image's own.
        head: of the page.
    """
    first = backend.first_estimate(run.id, *asked)
    if first is None:
        return
    sides = estimated_sides(run, first)
    acts = on_explanation(run, first, own_picture_link())
    image = replace(image_section(run, first), acts={**acts, "waits": WAITS})
    told = [said(f"first:{run.id}:{first.index}", FIRST), small(legend(first, first.label))]
    draw("explain", *head(first), *told, gallery(image, *sides), *more_links("explain", asked[2], sides))
    draw("explain-scores", heading(ALL), small(WAITS))
    with st.container(key=WAITING):
        bar = st.progress(0.0)

    def tell(stage: str, done: float, total: float, figures: Mapping[str, float] = {}) -> None:
        bar.progress(min(done / total, 1.0))

    backend.explain_telling(run.id, *asked, tell)
    st.rerun()  # into the same elements: what stands there stays where it is


def estimated_sides(run: Run, first: Explanation) -> list[Section]:
    """Return both galleries in the order of an estimate, whose scores are not said."""
    sides = zip(answer(first, first.label).sides(), (first.helpful, first.harmful), ("for", "against"), strict=True)
    sections = []
    for title, side, word in sides:
        tiles = [_tile(run, first, entry.train_index, word) for entry in side]
        shown = marked(run, "train", tiles)
        sections.append(Section(title, shown, title, empty="No training image does.", rows=ROWS, order="effect"))
    return sections


def _tile(run: Run, first: Explanation, row: int, word: str) -> Tile:
    """Return a tile with as many lines as that of the exact answer, and an empty bar."""
    label, (sign, mark) = (
        run.class_names[run.train_labels[row]],
        (("helpful", HELPFUL) if word == "for" else ("harmful", HARMFUL)),
    )
    alt = f"training image {row}, labelled {label}, by a first estimate among those that argue {word} {first.target}"
    lines = (label, f"{mark} {NUMBER}", f"without it: P({first.target}) {NUMBER} points")
    return replace(training_tile(run, row, alt=alt, lines=lines, method=first.method), sign=sign, bar=0.0)
