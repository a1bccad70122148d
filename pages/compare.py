"""Do two methods name the same culprits? What changed from one run to another?"""

import streamlit as st

from explorer.app import backend, screen_text
from explorer.app.components.blocks.blocks import draw, menus
from explorer.app.components.gallery.gallery import Section, gallery
from explorer.app.components.image_tiles import image_tiles
from explorer.app.pages.compare import run_comparison
from explorer.evaluation.overlap import overlap

SHOWN = 8  # a side: two rows at 1280 px, so that both methods can be seen at once
# Below this the ranks of two methods have little in common; real refits and newton agree at 0.999 and more.
DISAGREE = 0.5

what = run_comparison.what_menu()
if what.value == "runs":
    run_comparison.two_runs()
    st.stop()
run = image_tiles.opened()
index = image_tiles.test_index(run)
one, other = image_tiles.method(run), image_tiles.method(run, "other", "graddot")
first, second = (backend.explain(run.id, index, method, image_tiles.TOP) for method in (one, other))
agree = overlap(first.scores, second.scores, image_tiles.TOP)

draw(
    "top",
    image_tiles.head(run, "Compare", "Do two methods name the same culprits for one prediction?", one, other),
    menus(
        what,
        image_tiles.method_menu(run, label="One method"),
        image_tiles.method_menu(run, "other", "Another", "graddot"),
    ),
)
st.markdown(
    f"Of their {image_tiles.TOP} most helpful images they share **{agree.helpful} of {image_tiles.TOP}**, of the most harmful "
    f"**{agree.harmful} of {image_tiles.TOP}**. Over all images their ranks correlate at **{agree.correlation:.2f}**."
)
if not (first.exact and second.exact):
    st.caption(screen_text.SCANNED)
if agree.correlation < DISAGREE:
    st.warning(
        "They disagree here. Leave the images out on Explain and see which of them is right.",
        icon=":material/call_split:",
    )
image = Section(
    "The test image", [image_tiles.image_tile(run, index, pictured=True)], "This image", tile=180, single=True
)
draw("both", *(gallery(image, *image_tiles.method_sections(run, found, SHOWN)) for found in (first, second)))
