"""Who taught the model this?"""

from dataclasses import replace

import streamlit as st

from explorer.figures.scores import histogram
from explorer.ui import acting, backend, links, parts, visiting
from explorer.ui.bars import bars
from explorer.ui.blocks import draw, heading, menus, small
from explorer.ui.casing import case_door, case_file
from explorer.ui.gallery import gallery
from explorer.ui.proving import prove

run = parts.opened()
if visiting.wanted():
    visiting.explained(run)
    st.stop()
index = parts.test_index(run)
method = parts.method(run)
own = run.class_names[run.test_labels[index]]
target = links.one_of("target", run.class_names, own)
found = backend.explain(run.id, index, method, parts.TOP, None if target == own else target)
image, *sides = parts.explanation_sections(run, found)

draw(
    "explain",
    parts.head(run, "Explain", "This image, the training images that helped, and those that misled.", method),
    gallery(replace(image, acts=acting.on_explanation(run, found, visiting.way())), *sides),
    heading("Where these scores lie among all"),
    bars(histogram(found.scores, parts.cuts(found)), parts.unit(method)),
    menus(parts.method_menu(run), links.menu("target", "Explain the probability of", run.class_names, own)),
    small(parts.meaning(found)),
    case_door(found),
    on_act=acting.listener("explain"),
)
prove(run, found)
case_file(run, found)
