"""Influence Explorer: ``streamlit run streamlit_app.py`` or ``make run``."""

import streamlit as st

from explorer.app.server import NAMED, ROUTES, warm_up
from explorer.core.resources import PACKAGE

app = st.App(PACKAGE / "app/frame/main.py", routes=ROUTES, middleware=NAMED, lifespan=warm_up)
