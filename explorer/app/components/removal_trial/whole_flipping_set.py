"""The flipping set of a whole network: how few images have to be absent from the training until it says another class."""

import numpy as np
import streamlit as st

from explorer.app import screen_text, urls
from explorer.app.components.blocks.blocks import draw
from explorer.app.components.data_table.data_table import draw_table
from explorer.app.components.edit_plan import edit_plan
from explorer.app.components.explanation_sections.explanation_sections import TOP
from explorer.app.components.gallery.gallery import Section, gallery
from explorer.app.components.image_marks.image_marks import marked
from explorer.app.components.image_tiles import image_tiles
from explorer.app.components.job_progress.offer import draw_offer
from explorer.app.components.methods.methods import method_title
from explorer.runs.results.explanation import Explanation
from explorer.runs.run import Run
from explorer.runs.whole_network.flipping import WholeFlip, directions_now, load_whole_flip

SEARCHED = (
    "The strongest images by these scores are left out until the lead of the answer is predicted to be gone, and the network "
    "is really trained without them. Where that is not enough, more are left out, a few times at most."
)


def draw_whole_flipping_set(run: Run, explanation: Explanation) -> None:
    """Draw the set that was found, or the button that searches it in the background."""
    st.markdown(
        "**Flipping set:** how few images have to be absent from the training until the network changes its mind?"
    )
    method, index = explanation.method, explanation.index
    if not explanation.unit:
        st.caption(f"Numbers of {method_title(method)} have no unit: they do not say how many images are enough.")
        return
    found = load_whole_flip(run, index, method)
    if found is not None:
        _draw(run, explanation, found)
    grown = found is not None and directions_now(run, method) != found.directions
    if found is None or grown:
        st.caption("More directions are kept since: the scores are better now." if grown else SEARCHED)
        label = "Search the set again" if grown else "Find a flipping set and train without it"
        words = ("--method", method, "--test", str(index))
        draw_offer(label, ":material/swap_horiz:", "whole-flip", urls.run_name(), *words)


def said(run: Run, found: WholeFlip) -> str:
    """Return what was found in one sentence, Markdown."""
    before, after = (screen_text.verbatim(run.class_names[label]) for label in (found.before, found.after))
    n = len(run.train_labels)
    if not found.tries:
        return (
            f"By these scores no set is enough: without all {found.lowering:,} images that hold **{before}** it would still lead "
            f"by {screen_text.number(found.reach)} logits, of {screen_text.number(found.margin)} now. Nothing was trained."
        )
    count = found.tries[-1].count
    if not found.flipped:
        return f"Trained without the {count:,} strongest of {n:,} images, the network still says **{before}**."
    return (
        f"Trained without **{count:,}** of {n:,} images, the network says **{after}** instead of **{before}**: "
        "verified by a real training from the same start."
    )


def _draw(run: Run, explanation: Explanation, found: WholeFlip) -> None:
    st.markdown(said(run, found))
    if not found.tries:
        return
    before = run.class_names[found.before]
    draw_table(
        "Trainings without the strongest images",
        [
            {
                "images left out": each.count,
                f"lead of {before}, predicted": screen_text.number(each.predicted, "+"),
                "measured": screen_text.number(each.measured, "+"),
                "it says": run.class_names[each.after],
            }
            for each in found.tries
        ],
    )
    st.caption(
        f"Lead in logits, {screen_text.number(found.margin, '+')} before; below zero the answer is another one. "
        "Some other choice may need fewer images."
    )
    if found.flipped:
        st.caption(
            "The whole network was trained without them. A refit of the last layer alone may still give the old answer."
        )
        edit_plan.draw_adoption(run, explanation.index, np.array(found.rows), None)
    tiles = marked(run, "train", [image_tiles.training_tile(run, row) for row in found.rows[:TOP]])
    shown = f"The strongest {len(tiles)} of them" if len(found.rows) > len(tiles) else "All of them"
    (about,) = image_tiles.prediction_tiles(run, [explanation.index])
    section = Section("Images that were left out", tiles, shown, tile=84, rows=2, order="effect", about=about)
    draw("whole-flip-set", gallery(section))
