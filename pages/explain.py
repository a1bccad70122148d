"""Who taught the model this?"""

import streamlit as st

from explorer.attribution import ESTIMATORS
from explorer.figures.scores import histogram
from explorer.ui import backend, links, parts
from explorer.ui.bars import bars
from explorer.ui.gallery import gallery
from explorer.ui.proving import prove

run = parts.opened()
index = parts.test_index(run)
method = links.one_of("method", list(ESTIMATORS), "newton")
own = run.class_names[run.test_labels[index]]
target = links.one_of("target", run.class_names, own)
found = backend.explain(run.id, index, method, parts.TOP, None if target == own else target)
sections = parts.explanation_sections(run, found)  # before anything is drawn, so that all arrives at once

parts.head(run, "Explain", "This image, the training images that helped, and those that misled.")
gallery("explanation", *sections)
st.subheader("Where these scores lie among all", anchor=False)
left, right = st.columns([3, 1], gap="large")
with left:
    bars("histogram", histogram(found.scores, parts.cuts(found)), parts.unit(method))
with right:
    links.choice("method", "How the score is computed", list(ESTIMATORS), "newton", help=parts.METHODS)
    links.choice("target", "Explain the probability of", run.class_names, target)
st.caption(parts.meaning(method))
prove(run, found)
