"""Who taught the model this?"""

from dataclasses import replace

import streamlit as st

from explorer.app import backend, urls
from explorer.app.components.blocks.blocks import draw, heading, menus, small
from explorer.app.components.gallery.gallery import gallery
from explorer.app.components.histogram.histogram import bars
from explorer.app.components.image_actions import image_actions
from explorer.app.components.image_tiles import image_tiles
from explorer.app.components.removal_trial.removal_trial import prove
from explorer.app.pages.explain import own_picture
from explorer.app.pages.explain.case_file import case_door, case_file
from explorer.figures.score_histogram import histogram

run = image_tiles.opened()
if own_picture.wanted():
    own_picture.explained(run)
    st.stop()
index = image_tiles.test_index(run)
method = image_tiles.method(run)
own = run.class_names[run.test_labels[index]]
target = urls.one_of("target", run.class_names, own)
found = backend.explain(run.id, index, method, image_tiles.TOP, None if target == own else target)
image, *sides = image_tiles.explanation_sections(run, found)

draw(
    "explain",
    image_tiles.head(run, "Explain", "This image, the training images that helped, and those that misled.", method),
    gallery(replace(image, acts=image_actions.on_explanation(run, found, own_picture.way())), *sides),
    heading("Where these scores lie among all"),
    bars(histogram(found.scores, image_tiles.cuts(found)), image_tiles.unit(method)),
    menus(image_tiles.method_menu(run), urls.menu("target", "Explain the probability of", run.class_names, own)),
    small(image_tiles.meaning(found)),
    case_door(found),
    on_act=image_actions.listener("explain"),
)
prove(run, found)
case_file(run, found)
