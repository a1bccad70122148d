"""Do two methods name the same culprits? What changed from one run to another?"""

import streamlit as st

from explorer.app import backend, screen_text
from explorer.app.components.blocks.blocks import draw, menus
from explorer.app.components.current_case.current_case import current_method, current_run, current_test
from explorer.app.components.explanation_sections.explanation_sections import TOP, method_sections
from explorer.app.components.gallery.gallery import Section, gallery
from explorer.app.components.image_marks.image_marks import marked
from explorer.app.components.image_tiles import image_tiles
from explorer.app.components.methods.methods import method_menu
from explorer.app.components.page_head.page_head import page_head
from explorer.app.pages.compare import run_comparison
from explorer.evaluation.overlap import overlap

SHOWN = 8  # a side: two rows at 1280 px, so that both methods can be seen at once
# Below this the ranks of two methods have little in common; real refits and newton agree at 0.999 and more.
DISAGREE = 0.5

what = run_comparison.subject_menu()
if what.value == "runs":
    run_comparison.draw_run_comparison()
    st.stop()
run = current_run()
index = current_test(run)
one, other = current_method(run), current_method(run, "other", "graddot")
first, second = (backend.explain(run.id, index, method, TOP) for method in (one, other))
agree = overlap(first.scores, second.scores, TOP)

draw(
    "top",
    page_head(run, "Compare", "Do two methods name the same culprits for one prediction?", one, other),
    menus(
        what,
        method_menu(run, label="One method"),
        method_menu(run, "other", "Another", "graddot"),
    ),
)
st.markdown(
    f"Of the {TOP} images that argue most for the label they share **{agree.helpful}**, of those that argue most against it "
    f"**{agree.harmful}**. Over all images their ranks correlate at **{agree.correlation:.2f}**."
)
for said in {screen_text.first_scan(found.error) for found in (first, second) if not (found.exact or found.whole)}:
    st.caption(said)
if agree.correlation < DISAGREE:
    st.warning(
        "They disagree here. Leave the images out on Explain and see which of them is right.",
        icon=":material/call_split:",
    )
images = [marked(run, "test", [image_tiles.explained_tile(run, found)]) for found in (first, second)]
draw(
    "both",
    *(
        gallery(
            Section("The test image", image, "This image", tile=180, single=True), *method_sections(run, found, SHOWN)
        )
        for image, found in zip(images, (first, second), strict=True)
    ),
)
