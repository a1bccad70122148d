"""The offer of trainings from scratch that say what the scores of a whole network are worth."""

import streamlit as st

from explorer.app import urls
from explorer.app.components.job_progress.offer import draw_offer
from explorer.app.components.job_progress.turns import of_trainings
from explorer.runs.run import Run
from explorer.runs.whole_network.trust_plan import TrustPlan
from explorer.runs.whole_network.trust_table import TrustTable

# Four ways to choose the images that are taken out together, and chance.
CHOOSERS = 5


def draw_whole_offer(run: Run, known: TrustTable | None) -> None:
    """Draw the button that starts the trainings, and how many they are."""
    plan = TrustPlan(sets=30)
    count = len(plan.shares) * (plan.retrainings + plan.seeds * plan.other_retrainings) + plan.sets * CHOOSERS
    st.caption(f"{count:,} trainings from scratch; each is kept as it ends, so that it can be stopped and go on.")
    label = "Train without them and compare" if known is None else "Measure with all retrainings"
    draw_offer(label, ":material/science:", "whole-trust", urls.run_name(), takes=of_trainings(run, count))
