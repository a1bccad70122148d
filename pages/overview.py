"""How good is the model, and for whom not? With one misclassified image already open."""

import streamlit as st

from explorer.ui import backend, links, parts, words
from explorer.ui.blocks import draw
from explorer.ui.gallery import gallery
from explorer.ui.overview import confusion

run = parts.opened()
question = "Why did the classifier get it wrong, and which training images taught it that?"
draw("top", parts.head(run, "Influence Explorer", question))

left, right = st.columns([3, 2], gap="large")
with right:
    st.subheader("How good is it?", anchor=False)
    facts = run.manifest
    st.markdown(
        f"**{facts['accuracy']:.1%}** of {facts['n_test']:,} test images are right. The model learnt from "
        f"{facts['n_train']:,} training images of {facts['title']}."
    )
    confusion(run)
with left:
    wrong = run.confidently_wrong(0)
    wrong = wrong if len(wrong) else run.confidently_wrong()
    if not len(wrong):
        st.success("No test image is misclassified: there is nothing to debug here.")
        st.stop()
    found = backend.explain(run.id, int(wrong[0]), "newton", parts.TOP)
    st.subheader(f"This {found.label} was called {words.article(found.predicted)}", anchor=False)
    draw("wrong", gallery(*parts.glimpse_sections(run, found)))
    st.page_link(
        links.PAGES["explain"],
        label="See all that taught it this",
        icon=":material/psychology_alt:",
        query_params=links.here(test=found.index),
    )
    st.page_link(
        links.PAGES["predictions"],
        label="Browse all wrong predictions",
        icon=":material/grid_view:",
        query_params=links.here(show="wrong"),
    )
