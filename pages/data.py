"""Which runs are there, and building another: other data, another network, or one trained before your eyes."""

import streamlit as st

from explorer.ui import bringing, building, checking, mistakes, parts, words, working
from explorer.ui.blocks import draw

run = parts.opened()
question = "A run is a set of images, a network that turns them into numbers, and a last layer fitted to them."
draw("top", parts.head(run, "Data and models", question))
st.header("Bring your own", anchor=False)
bringing.form()
with mistakes.said():
    checking.shown()
working.progress()
st.header("This run", anchor=False)
st.table({key: words.verbatim(said) for key, said in building.facts(run).items()})
