"""What if? The edits in force, the refit, and what was predicted beside what happened."""

import streamlit as st

from explorer.ui import acting, links, mistakes, parts, retraining
from explorer.ui.blocks import draw, heading
from explorer.ui.exchanging import exchanged

run = parts.opened()
plan = retraining.planned(run)
question = (
    "What if? Your edits laid on the training images and the last layer fitted again: a new run, the old one stays."
)
head = parts.head(run, "Retrain", question)
if not len(plan.changes):
    draw("top", head, *retraining.nothing())
    exchanged(plan.base, links.run_name())
    st.stop()
draw("top", head, retraining.summary(plan))
with mistakes.said():
    after = retraining.refitted(plan)
    if after is not None:
        retraining.happened(plan, after)
retraining.from_scratch(plan)
draw("diff", heading("The edits"), acting.taking_back(plan.base), retraining.diff(plan), on_act=acting.listener("diff"))
exchanged(plan.base, links.run_name())
