"""Which training images argue for this prediction, and which against it?"""

from dataclasses import replace

import streamlit as st

from explorer.app import backend, urls
from explorer.app.components.blocks.blocks import Block, columns, doors, draw, heading, menus, small
from explorer.app.components.current_case.current_case import current_method, current_run, current_test
from explorer.app.components.explanation_sections.explanation_sections import (
    cuts,
    explanation_sections,
    legend,
    more_links,
    shown_a_side,
    whole_sentence,
)
from explorer.app.components.gallery.gallery import gallery
from explorer.app.components.histogram.histogram import bars
from explorer.app.components.image_actions import image_actions
from explorer.app.components.methods.methods import method_menu, score_meaning, score_unit
from explorer.app.components.page_head.page_head import page_head
from explorer.app.components.removal_trial.removal_trial import doors_to_proof, draw_removal_trial, is_open
from explorer.app.components.said_above.said_above import rest, said
from explorer.app.components.take_along.take_along import galleries_table, take_along
from explorer.app.pages.explain import case_file, first_answer, own_picture, whole_answer
from explorer.figures.score_histogram import histogram
from explorer.runs.results.explanation import Explanation

run = current_run()
if own_picture.is_requested():
    own_picture.draw_own_picture(run)
    st.stop()
index = current_test(run)
method = current_method(run)
own = run.class_names[run.test_labels[index]]
target = urls.choice_param("target", run.class_names, own)
found_for = None if target == own else target
top = shown_a_side()
explained_class = urls.param_menu("target", "Probability of", run.class_names, own)
question = "Which training images argue for this prediction, and which argue against it?"
title = page_head(run, "Explain", question, method)
choices = menus(method_menu(run, label="Score by"), explained_class, low=True)
if work := whole_answer.wanted(run, index, method, found_for):
    whole_answer.draw_wanted(run, index, method, work, [title, choices])
    st.stop()


def head(explained: Explanation) -> list[Block]:
    """Return title, doors and menus, which stand from the first estimate on."""
    ways = doors(*doors_to_proof(run, explained), *case_file.case_file_links(explained))
    return [title, columns((5, [ways]), (4, [choices]))]


first_answer.draw_until_exact(run, (index, method, top, found_for), head)
found = backend.explain(run.id, index, method, top, found_for)
image, *sides = explanation_sections(run, found)
told = ":".join(map(str, (run.id, index, method, top, target)))
galleries = [
    said(told, whole_sentence(run, found)),
    *whole_answer.reliability(found),
    small(legend(found, found.label)),
    gallery(replace(image, acts=image_actions.on_explanation(run, found, own_picture.own_picture_link())), *sides),
    *more_links("explain", top, sides),
]
if is_open() or case_file.is_open():
    # What was asked for stands above the galleries, and they do not wait for it.
    draw("explain", *head(found))
    asked = st.container()
    draw("explain-sides", *galleries)
    with asked:
        if is_open():
            draw_removal_trial(run, found)
        if case_file.is_open():
            case_file.draw_case_file(run, found)
else:
    draw("explain", *head(found), *galleries)
together = backend.together(run.id, index, method, top, found_for)
draw(
    "explain-scores",
    rest(told, whole_sentence(run, found, together)),
    heading(first_answer.ALL),
    bars(histogram(found.scores, cuts(found)), score_unit(method)),
    small(score_meaning(found)),
    take_along(galleries_table(found, top)),
    *whole_answer.time_machine_blocks(run, index, found_for, sides),
)
whole_answer.draw_exact_offer(run, index, found_for)
