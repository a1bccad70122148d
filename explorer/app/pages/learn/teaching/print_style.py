"""How the page prints: its content alone, over as many sheets as it needs."""

import streamlit as st

STYLE = (
    "<style>@page { margin: 14mm; } @media print { "
    "[data-testid=stHeader], [data-testid=stToolbar], [data-testid=stSidebar], .st-key-bar, .st-key-top, .st-key-onward { display: none !important; } "
    ".stApp, .stMain, [data-testid=stAppViewContainer] { position: static !important; overflow: visible !important; height: auto !important; } "
    ".stMainBlockContainer { padding: 0 !important; max-width: none !important; } }</style>"
)


def draw_print_style() -> None:
    """Draw the rules; on the screen they show nothing."""
    st.html(STYLE)
