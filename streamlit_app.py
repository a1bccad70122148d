"""Influence Explorer: ``streamlit run streamlit_app.py`` or ``make run``."""

import streamlit as st

from explorer.app.server import NAMED, ROUTES, warm_up

app = st.App("explorer/app/main.py", routes=ROUTES, middleware=NAMED, lifespan=warm_up)
