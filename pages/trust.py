"""Do the scores tell the truth here?"""

import streamlit as st

from explorer.runs.trust import report
from explorer.ui import backend, links, parts
from explorer.ui.blocks import draw
from explorer.ui.trusting import badge, sentences, table

run = backend.warm_run(parts.opened().id)
question = "Do the scores tell the truth here? Predictions beside what really happened after refitting."
draw("top", parts.head(run, "Trust", question))
holds, text = badge(run)
(st.success if holds else st.warning)(text, icon=":material/verified:" if holds else ":material/warning:")
known = report(run.id)
if known is None:
    st.markdown("No images have been left out at random in this run yet. It takes about two minutes:")
    st.code(f"python -m explorer trust --run {links.run_name()}", language="bash")
    st.stop()
st.markdown(sentences(known))
st.dataframe(table(known), hide_index=True, alt="How far each method agrees with real refits")
st.caption(
    "1 is perfect, 0 is chance. In brackets: 95 % of bootstrap resamples. Slope 1 means that sizes agree too; above 1, "
    "effects are larger than predicted. The linear datamodeling score (LDS) asks whether a method ranks random halves of "
    "the training set as their refits do (Park et al. 2023)."
)
