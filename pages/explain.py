"""Who taught the model this?"""

import streamlit as st

from explorer.attribution import ESTIMATORS
from explorer.figures.scores import histogram
from explorer.ui import backend, links, parts, words
from explorer.ui.gallery import gallery

TOP = 24

run = parts.head(
    "Explain", "Reads from left to right: this image, the training images that helped, and those that misled."
)
wrong = run.confidently_wrong()
index = links.number("test")
index = run.check_test(int(wrong[0]) if index is None and len(wrong) else index or 0)
method = links.one_of("method", list(ESTIMATORS), "newton")
target = links.one_of("target", run.class_names, run.class_names[run.test_labels[index]])
found = backend.explain(run.id, index, method, TOP, target)

image, helpful, harmful = st.columns([5, 8, 8], gap="medium")
with image:
    st.subheader("This image", anchor=False)
    gallery("image", "The test image", [parts.plain(parts.image_tile(run, index))], tile=260, single=True)
    verdict = "which is right" if found.label == found.predicted else "which is wrong"
    st.markdown(f"Labelled **{found.label}**. The model says **{found.predicted}**, {verdict}.")
    st.markdown("  \n".join(f"P({name}) = {words.probability(p)}" for name, p in parts.likeliest(found)))
for column, side, word, title, text in (
    (
        helpful,
        found.helpful,
        "helpful",
        "▲ was taught by these",
        f"Without each, the model would be less sure of {target}.",
    ),
    (harmful, found.harmful, "harmful", "▼ and misled by these", f"Without each, it would be surer of {target}."),
):
    with column:
        st.subheader(title, anchor=False)
        st.caption(text)
        tiles = parts.neighbour_tiles(run, found, side, word)
        gallery(
            word,
            title,
            tiles,
            f"No training image is {word} here.",
        )

st.subheader("Where these scores lie among all", anchor=False)
left, right = st.columns([3, 1], gap="large")
with left:
    st.plotly_chart(histogram(found.scores, parts.cuts(found)), key="histogram", config={"displayModeBar": False})
with right:
    links.choice("method", "How the score is computed", list(ESTIMATORS), "newton", help=parts.METHODS)
    links.choice("target", "Explain the probability of", run.class_names, target)
st.caption(
    "A score says how much the loss (−log of the probability of the class explained) would rise if one training image "
    "were left out and the last layer fitted again. It does not say what happens when many are left out together."
)
