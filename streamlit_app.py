"""Influence Explorer: ``streamlit run streamlit_app.py`` or ``make run``."""

import streamlit as st

from explorer.ui.server import NAMED, ROUTES, warm_up

app = st.App("explorer/ui/main.py", routes=ROUTES, middleware=NAMED, lifespan=warm_up)
