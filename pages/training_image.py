"""What does this training image do?"""

import streamlit as st

from explorer.attribution import ESTIMATORS
from explorer.ui import backend, links, parts, words
from explorer.ui.gallery import Tile, gallery
from explorer.ui.server import url

TOP = 24

run = parts.head(
    "Training image",
    "The other way round: which test predictions does one training image help, and which does it harm?",
)
index = run.check_train(links.number("train") or 0)
method = links.one_of("method", list(ESTIMATORS), "newton")
scores = backend.effects(run.id, index, method)
facts = parts.training_facts(run, index)

image, helps, harms = st.columns([5, 8, 8], gap="medium")
with image:
    st.subheader("This image", anchor=False)
    label = run.class_names[run.train_labels[index]]
    source = url(run.id, "train", index)
    tile = Tile(
        str(index),
        source,
        f"training image {index}, labelled {label}",
        (f"labelled {label}", f"training image {index}"),
    )
    gallery("image", "The training image", [tile], tile=260, single=True)
    st.markdown(
        f"The model gives its label a probability of **{words.probability(facts.probability)}**. "
        f"Without this image in training that would be {words.probability(facts.probability_without)}."
    )
    st.markdown(f"Leverage **{facts.leverage:.3f}**, of at most {len(run.class_names) - 1}", help=parts.LEVERAGE)
for column, sign, word, title in (
    (helps, 1, "helpful", "▲ helps these predictions"),
    (harms, -1, "harmful", "▼ harms these predictions"),
):
    with column:
        st.subheader(title, anchor=False)
        tiles = parts.effect_tiles(run, scores, sign, word, method, TOP)
        gallery(
            word,
            title,
            tiles,
            f"It is {word} to no test image.",
        )
links.choice("method", "How the score is computed", list(ESTIMATORS), "newton", help=parts.METHODS, width=320)
