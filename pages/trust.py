"""Do the scores tell the truth here?"""

import streamlit as st

from explorer.app import backend, urls
from explorer.app.components.as_table.as_table import as_table_of
from explorer.app.components.blocks.blocks import draw, heading, small
from explorer.app.components.chart.chart import draw_chart
from explorer.app.components.current_case.current_case import current_run
from explorer.app.components.data_table.data_table import draw_table
from explorer.app.components.job_progress.offer import draw_offer
from explorer.app.components.leverage_badge.leverage_badge import leverage_badge
from explorer.app.components.methods.whole_methods import has_whole_methods
from explorer.app.components.page_head.page_head import page_head
from explorer.app.pages.trust.agreement_report import (
    SMALL,
    agreement_numbers,
    agreement_rows,
    agreement_sentences,
    alike_sentence,
    is_small,
    reading_help,
    seeds_sentence,
)
from explorer.app.pages.trust.whole_view import draw_whole_trust
from explorer.figures.agreement_curve import lds_curve
from explorer.figures.trial_scatter import agreement
from explorer.runs.results.agreement import load_report

run = backend.warm_run(current_run().id)
question = "Do the scores tell the truth here? Predictions beside what really happened after refitting."
draw("top", page_head(run, "Trust", question))
if has_whole_methods(run):
    draw_whole_trust(run)
    draw("last-layer", heading("The last layer alone"))
holds, text = leverage_badge(run)
(st.success if holds else st.warning)(text, icon=":material/verified:" if holds else ":material/warning:")
known, name = load_report(run.id), urls.run_name()
if known is None:
    st.markdown(
        "Here will stand how well each method predicts what really happens: images are left out at random, the last layer is "
        "fitted again without them, and both changes are compared."
    )
    draw_offer("Leave images out and refit", ":material/science:", "trust", name)
    st.stop()
st.markdown(f"{agreement_sentences(known)} {seeds_sentence(run.id)}")
draw_table("How far each method agrees with real refits", agreement_rows(known))
draw("numbers", as_table_of("all digits", f"trust-{name}", agreement_numbers(known)))
st.caption(f"{reading_help()} {alike_sentence(known, len(run.class_names))}")
if is_small(known, len(run.train_labels)):
    draw("small", small(SMALL))
    draw_offer("Measure with more refits", ":material/science:", "trust", name)
left, right = st.columns(2, gap="large")
with left:
    st.subheader("One image out: predicted and measured", anchor=False)
    draw_chart(agreement(known["methods"][run.default_method]["points"]), "pairs")
with right:
    st.subheader("Random halves, at other λ", anchor=False)
    draw_chart(lds_curve(known["curve"]), "curve")
    st.caption("The star is this run's λ. Where large weights cost more, the model is smoother and easier to predict.")
