"""Which runs are there, and building another: other data, another network, or one trained before your eyes."""

import streamlit as st

from explorer.app import error_messages, screen_text, urls
from explorer.app.components.blocks.blocks import draw, heading
from explorer.app.components.current_case.current_case import current_run
from explorer.app.components.data_table.data_table import draw_facts
from explorer.app.components.job_progress import job_progress
from explorer.app.components.page_head.page_head import page_head
from explorer.app.pages.data import build_jobs, form, left_out, preflight_report, run_manager
from explorer.app.pages.data.run_list import run_list

run = current_run()
question = "A run is a set of images, a network that turns them into numbers, and a last layer fitted to them."
draw("top", page_head(run, "Data and models", question), heading("Runs"), run_list(run.id))
with error_messages.show_errors():
    run_manager.draw_manager()
    if urls.param("left"):
        left_out.draw_left_out(run)
st.header("Bring your own", anchor=False)
form.draw_form()
with error_messages.show_errors():
    preflight_report.draw_check()
job_progress.draw_jobs()
st.header("This run", anchor=False)
draw_facts({key: screen_text.verbatim(said) for key, said in build_jobs.run_facts(run).items()})
