"""An answer of many classes in two parts: at once an order to look at, without a figure, and then the exact scores in its place."""

from collections.abc import Mapping, Sequence

import streamlit as st

from explorer.app import backend
from explorer.app.components.blocks.blocks import Block, draw, text
from explorer.app.components.explanation_sections.explanation_sections import ROWS, answer, image_section
from explorer.app.components.gallery.gallery import Section, Tile, gallery
from explorer.app.components.image_marks.image_marks import marked
from explorer.app.components.image_tiles.image_tiles import training_tile
from explorer.runs.results.explanation import Explanation
from explorer.runs.run import Run

FIRST = "First estimate. The exact scores follow."
EXACT = "Computing the exact scores"


def explained(run: Run, asked: tuple[int, str, int, str | None], head: Sequence[Block]) -> Explanation:
    """Return an explanation; where it takes longer than a click a first estimate and its progress are on the page meanwhile.

    Args:
        run: that is explained.
        asked: test image, method, images a side, and the class where it is not the image's own.
        head: of the page.
    """
    first = backend.first_estimate(run.id, *asked)
    if first is None:
        return backend.explain(run.id, *asked)
    place = st.empty()
    with place.container():
        draw("explain-first", *head, text(FIRST))
        waiting = st.container()
        draw("explain-first-sides", gallery(image_section(run, first), *estimated_sides(run, first)))
        with waiting, st.spinner(EXACT, show_time=True):
            bar = st.progress(0.0)

            def tell(stage: str, done: float, total: float, figures: Mapping[str, float] = {}) -> None:
                bar.progress(min(done / total, 1.0))

            found = backend.explain_telling(run.id, *asked, tell)
    place.empty()
    return found


def estimated_sides(run: Run, first: Explanation) -> list[Section]:
    """Return both galleries in the order of an estimate, whose scores are not said."""
    sides = zip(answer(first, first.label).sides(), (first.helpful, first.harmful), ("for", "against"), strict=True)
    sections = []
    for title, side, word in sides:
        tiles = [_tile(run, first, entry.train_index, f"argue {word} {first.target}") for entry in side]
        sections.append(Section(title, marked(run, "train", tiles), title, empty="No training image does.", rows=ROWS))
    return sections


def _tile(run: Run, first: Explanation, row: int, does: str) -> Tile:
    label = run.class_names[run.train_labels[row]]
    alt = f"training image {row}, labelled {label}, by a first estimate among those that {does}"
    return training_tile(run, row, alt=alt, lines=(label,), method=first.method)
