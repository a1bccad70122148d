"""Do the scores tell the truth here?"""

import streamlit as st

from explorer.figures.trials import agreement
from explorer.figures.trust import lds_curve
from explorer.runs.trust import report
from explorer.ui import backend, links, parts, working
from explorer.ui.blocks import draw
from explorer.ui.trusting import badge, explained, seeds, sentences, table

run = backend.warm_run(parts.opened().id)
question = "Do the scores tell the truth here? Predictions beside what really happened after refitting."
draw("top", parts.head(run, "Trust", question))
holds, text = badge(run)
(st.success if holds else st.warning)(text, icon=":material/verified:" if holds else ":material/warning:")
known, name = report(run.id), links.run_name()
if known is None:
    st.markdown(
        "No images have been left out at random in this run yet. It is done in the background, in about four minutes for "
        "10,000 images; you can go on meanwhile."
    )
    st.button("Leave images out and refit", icon=":material/science:", on_click=working.begin, args=("trust", name))
    working.progress("trust", name)
    st.stop()
st.markdown(f"{sentences(known)} {seeds(run.id)}")
st.dataframe(table(known), hide_index=True, alt="How far each method agrees with real refits")
st.caption(explained())
left, right = st.columns(2, gap="large")
with left:
    st.subheader("One image out: predicted and measured", anchor=False)
    st.plotly_chart(
        agreement(known["methods"][run.default_method]["points"]), key="pairs", config={"displayModeBar": False}
    )
with right:
    st.subheader("Random halves, at other λ", anchor=False)
    st.plotly_chart(lds_curve(known["curve"]), key="curve", config={"displayModeBar": False})
    st.caption("The star is this run's λ. Where large weights cost more, the model is smoother and easier to predict.")
