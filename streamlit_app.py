"""Influence Explorer: ``streamlit run streamlit_app.py`` or ``make run``."""

import streamlit as st

from explorer.ui.server import ROUTES, warm_up

app = st.App("explorer/ui/main.py", routes=ROUTES, lifespan=warm_up)
