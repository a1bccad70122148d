"""The flipping set of a prediction: how few training images have to go, or to be relabelled, until the model changes its mind.

``flip`` in the address is the way, ``removing`` or ``relabelling``, and ``find`` the test image for which the search was asked for;
what was found before is shown without it.
"""

import streamlit as st

from explorer.app import backend, screen_text, urls
from explorer.app.components.blocks.blocks import draw
from explorer.app.components.edit_plan import edit_plan
from explorer.app.components.explanation_sections.explanation_sections import TOP
from explorer.app.components.gallery.gallery import Section, Tile, gallery
from explorer.app.components.image_marks.image_marks import marked
from explorer.app.components.image_tiles import image_tiles
from explorer.app.components.methods.methods import predicts_refit
from explorer.app.components.tug_of_war.tug_of_war import tug
from explorer.evaluation.flip import Flip
from explorer.runs.results.explanation import Explanation
from explorer.runs.run import Run

# How the training set is changed, as the address says it and in words.
WAYS = {"removing": "leaving out", "relabelling": "relabelling"}


def draw_flipping_set(run: Run, explanation: Explanation) -> None:
    """Draw the choice of the way and, once it was asked for, the set with its tug-of-war and the button that adopts it."""
    st.markdown("**Flipping set:** how few training images have to change until the model changes its mind?")
    asked, index = urls.choice_param("flip", list(WAYS), "removing"), explanation.index
    st.session_state["flip-way"] = asked  # the address decides: after a reload, after a step back, in a link
    st.radio("By", list(WAYS), format_func=WAYS.__getitem__, horizontal=True, key="flip-way", on_change=_choose)
    relabel = asked == "relabelling"
    if urls.param("find") != str(index) and backend.known_flip(run.id, index, relabel) is None:
        st.button("Find a flipping set", icon=":material/swap_horiz:", key="flip", on_click=_ask, args=(index,))
        return
    with st.spinner("Refitting with more and more changes"):
        flip = backend.flip(run.id, index, relabel)
    _draw(run, explanation, WAYS[asked], flip)


def _choose() -> None:
    st.query_params["flip"] = st.session_state["flip-way"]
    st.query_params.pop("find", None)


def _ask(index: int) -> None:
    st.query_params["flip"] = st.session_state["flip-way"]
    st.query_params["find"] = str(index)


def _draw(run: Run, explanation: Explanation, way: str, flip: Flip) -> None:
    before, after = run.class_names[flip.before], run.class_names[flip.after]
    rope = tug(flip, before, after, way)
    if flip.rows is None:
        st.info(
            f"No set of images was found whose {way} makes the model say anything but {screen_text.verbatim(before)}."
        )
        draw("tug", rope)
        return
    count, n = len(flip.rows), len(run.train_labels)
    without = "Without" if flip.labels is None else "With other labels on"
    st.markdown(
        f"{without} **{count:,}** of {n:,} training images the model says **{screen_text.verbatim(after)}** instead of "
        f"**{screen_text.verbatim(before)}**; verified by a real refit."
    )
    edit_plan.draw_adoption(run, explanation.index, flip.rows, flip.labels)
    tiles = marked(run, "train", [_tile(run, explanation, flip, place) for place in range(min(count, TOP))])
    shown = f"The strongest {len(tiles)} of them" if count > len(tiles) else "All of them"
    (about,) = image_tiles.prediction_tiles(run, [explanation.index])
    section = Section(
        "Smallest flipping set", tiles, shown, _unit(explanation, flip), tile=84, rows=2, order="effect", about=about
    )
    draw("flip-set", gallery(section), rope)
    st.caption("Images were taken from the strongest on, until the answer flipped. Some other choice may need fewer.")


def _scored(explanation: Explanation, flip: Flip) -> bool:
    """Return whether the images of a flipping set have scores of their own: they are left out, and a score says what that does."""
    return flip.labels is None and explanation.exact and predicts_refit(explanation.method)


def _unit(explanation: Explanation, flip: Flip) -> str:
    if _scored(explanation, flip):
        return "The number is the score of the galleries."
    return "The number: how far the new label alone pushes the model away from its first answer, in logits."


def _tile(run: Run, explanation: Explanation, flip: Flip, place: int) -> Tile:
    """Return the tile of an image of the set: with its score where it is left out, else with its new label and push."""
    assert flip.rows is not None
    row = int(flip.rows[place])
    label = run.class_names[run.train_labels[row]]
    if _scored(explanation, flip):
        said = explanation.scale.score(float(explanation.scores[row]))
        alt = f"training image {row}, labelled {label}, score {said[2:]}"
        return image_tiles.training_tile(run, row, alt=alt, lines=(label, said))
    new = label if flip.labels is None else f"{label} → {run.class_names[flip.labels[place]]}"
    push = screen_text.number(float(flip.pushes[place]), "+")
    alt = f"training image {row}, {new}, it pushes by {push} logits"
    return image_tiles.training_tile(run, row, alt=alt, lines=(new, f"{push} logits"))
