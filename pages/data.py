"""Which runs are there, and building another: other data, another network, or one trained before your eyes."""

import streamlit as st

from explorer.app import error_messages, screen_text
from explorer.app.components.blocks.blocks import draw
from explorer.app.components.image_tiles import image_tiles
from explorer.app.components.job_progress import job_progress
from explorer.app.pages.data import build_jobs, form, preflight_report

run = image_tiles.opened()
question = "A run is a set of images, a network that turns them into numbers, and a last layer fitted to them."
draw("top", image_tiles.head(run, "Data and models", question))
st.header("Bring your own", anchor=False)
form.form()
with error_messages.said():
    preflight_report.shown()
job_progress.progress()
st.header("This run", anchor=False)
st.table({key: screen_text.verbatim(said) for key, said in build_jobs.facts(run).items()})
