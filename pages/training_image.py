"""What does this training image do?"""

from dataclasses import replace

import streamlit as st

from explorer.app import backend, urls
from explorer.app.components.as_table.as_table import as_table
from explorer.app.components.blocks.blocks import draw, menus
from explorer.app.components.current_case.current_case import current_run, current_test
from explorer.app.components.explanation_sections.explanation_sections import (
    culprit,
    effect_numbers,
    effect_sections,
    more_links,
    shown_a_side,
    training_section,
)
from explorer.app.components.gallery.gallery import gallery
from explorer.app.components.image_actions import image_actions
from explorer.app.components.methods.methods import reverse_menu, reverse_method
from explorer.app.components.methods.whole_methods import WHOLE_METHODS
from explorer.app.components.page_head.page_head import page_head
from explorer.app.components.removal_trial.removal_trial import draw_effects_trial
from explorer.app.pages.training_image import whole_effects
from explorer.app.pages.training_image.notes import draw_notes

run = current_run()
method = reverse_method(run, offered=True)
given, test = urls.int_param("train"), current_test(run)
known = backend.answering_method(run.id, test, method)
index = culprit(run, test, known) if given is None else run.check_train(given)
question = "The other way round: which test predictions does one training image help, and which does it harm?"
head = [
    page_head(run, "Training image", question, method),
    menus(reverse_menu(run, method, "Score by", offered=True), low=True),
    *whole_effects.instead(run, method),
]
if method in WHOLE_METHODS and whole_effects.draw_missing(run, [*head, gallery(training_section(run, index, method))]):
    st.stop()
scores, top = backend.effects(run.id, index, method), shown_a_side()
image, *sides = effect_sections(run, index, scores, method, top)
draw(
    "training",
    *head,
    gallery(replace(image, acts=image_actions.on_image(run, index)), *sides),
    *whole_effects.reliability(run, method, scores),
    *more_links("training_image", top, sides),
    as_table("its largest effects", f"effects-of-training-{index}", *effect_numbers(run, scores, method)),
)
if method in WHOLE_METHODS:
    whole_effects.draw_retraining(run, index, scores)
else:
    draw_effects_trial(run, index, scores, method)
draw_notes(run, index)
