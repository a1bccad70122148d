"""What if? The edits in force, the refit, and what was predicted beside what happened."""

import streamlit as st

from explorer.app import error_messages, urls
from explorer.app.components.blocks.blocks import draw, heading
from explorer.app.components.current_case.current_case import current_run
from explorer.app.components.edit_plan.edit_plan import edit_plan
from explorer.app.components.page_head.page_head import page_head
from explorer.app.pages.retrain import edit_refit
from explorer.app.pages.retrain.edit_files import draw_exchange
from explorer.app.pages.retrain.edit_list import edit_list

run = current_run()
plan = edit_plan(run)
question = (
    "What if? Your changes laid on the training images and the last layer fitted again: a new run, the old one stays."
)
head = page_head(run, "Retrain", question)
if not len(plan.changes):
    draw("top", head, *edit_refit.no_edits_blocks())
    draw("list", *edit_list(plan.base))
    draw_exchange(plan.base, urls.run_name())
    st.stop()
draw("top", head, edit_refit.summary_block(plan))
with error_messages.show_errors():
    after = edit_refit.refit_or_button(plan)
    if after is not None:
        edit_refit.draw_outcome(plan, after)
edit_refit.draw_retraining(plan)
draw("diff", heading("The changes"), edit_refit.diff_block(plan))
draw("list", *edit_list(plan.base))
draw_exchange(plan.base, urls.run_name())
