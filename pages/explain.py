"""Which training images argue for this prediction, and which against it?"""

import streamlit as st

from explorer.app import backend, urls
from explorer.app.components.blocks.blocks import Block, columns, draw, menus
from explorer.app.components.current_case.current_case import current_method, current_run, current_test
from explorer.app.components.explanation_sections.explanation_sections import explanation_sections, shown_a_side
from explorer.app.components.methods.methods import method_menu
from explorer.app.components.page_head.page_head import page_head
from explorer.app.components.removal_trial.removal_trial import draw_removal_trial, is_open
from explorer.app.pages.explain import answer_parts, case_file, first_answer, own_picture, whole_answer
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
    return [title, columns((5, [answer_parts.ways(run, explained)]), (4, [choices]))]


first_answer.draw_until_exact(run, (index, method, top, found_for), head)
found = backend.explain(run.id, index, method, top, found_for)
image, *sides = explanation_sections(run, found)
told = ":".join(map(str, (run.id, index, method, top, target)))
galleries = answer_parts.galleries(run, found, told, image, sides, top)
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
below = answer_parts.among_all(run, found, told, together, top)
draw("explain-scores", *below, *whole_answer.time_machine_blocks(run, index, found_for, sides))
whole_answer.draw_exact_offer(run, index, found_for)
