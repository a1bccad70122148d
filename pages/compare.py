"""Do two methods name the same culprits? What changed from one run to another?"""

import streamlit as st

from explorer.evaluation.overlap import overlap
from explorer.ui import backend, comparing, parts, words
from explorer.ui.blocks import draw, menus
from explorer.ui.gallery import Section, gallery

SHOWN = 8  # a side: two rows at 1280 px, so that both methods can be seen at once
# Below this the ranks of two methods have little in common; real refits and newton agree at 0.999 and more.
DISAGREE = 0.5

what = comparing.what_menu()
if what.value == "runs":
    comparing.two_runs()
    st.stop()
run = parts.opened()
index = parts.test_index(run)
one, other = parts.method(run), parts.method(run, "other", "graddot")
first, second = (backend.explain(run.id, index, method, parts.TOP) for method in (one, other))
agree = overlap(first.scores, second.scores, parts.TOP)

draw(
    "top",
    parts.head(run, "Compare", "Do two methods name the same culprits for one prediction?", one, other),
    menus(what, parts.method_menu(run, label="One method"), parts.method_menu(run, "other", "Another", "graddot")),
)
st.markdown(
    f"Of their {parts.TOP} most helpful images they share **{agree.helpful} of {parts.TOP}**, of the most harmful "
    f"**{agree.harmful} of {parts.TOP}**. Over all images their ranks correlate at **{agree.correlation:.2f}**."
)
if not (first.exact and second.exact):
    st.caption(words.SCANNED)
if agree.correlation < DISAGREE:
    st.warning(
        "They disagree here. Leave the images out on Explain and see which of them is right.",
        icon=":material/call_split:",
    )
image = Section("The test image", [parts.image_tile(run, index, pictured=True)], "This image", tile=180, single=True)
draw("both", *(gallery(image, *parts.method_sections(run, found, SHOWN)) for found in (first, second)))
