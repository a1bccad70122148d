"""The frame around every page: navigation, and error messages for bad addresses."""

import streamlit as st

from explorer.app import urls
from explorer.app.background.pausing import pauser
from explorer.app.components.bar.bar import bar
from explorer.app.components.blocks.blocks import draw
from explorer.app.components.glossary_terms import term_hints
from explorer.app.components.page_help import page_help
from explorer.app.screen_text import verbatim
from explorer.core.errors import ExplorerError, sentence
from explorer.core.resources import PACKAGE, bundled

SCRIPTS = bundled("pages")
ABOUT = PACKAGE / "app" / "pages"  # what each page answers about itself lies beside its code
ICON = bundled("assets") / "icon.svg"  # a named icon would be fetched from elsewhere as the tab's picture
# File and title in the navigation; the first is the page without a path.
PAGES = (
    ("overview", "Overview"),
    ("predictions", "Predictions"),
    ("explain", "Explain"),
    ("training_image", "Training image"),
    ("suspects", "Suspects"),
    ("retrain", "Retrain"),
    ("compare", "Compare"),
    ("trust", "Trust"),
    ("map", "Map"),
    ("learn", "Learn"),
    ("data", "Data and models"),
)

st.set_page_config(page_icon=str(ICON), layout="wide", initial_sidebar_state="collapsed")
# White on the dark theme's accent has a contrast of 2.4, black on Streamlit's darker one under the pointer 4.0, its captions have 4.3;
# readers need 4.5. The bar stands in the room of Streamlit's own head, which on a narrow window takes two lines.
st.html(
    "<style>.stMainBlockContainer { padding-top: 4.25rem; max-width: 2200px; margin: 0 auto; } h1 { padding-top: 0 !important; }"
    "@media (max-width: 1100px) { .stMainBlockContainer { padding-top: 6rem; } [data-testid=stHeader] { height: 5.5rem; } }"
    "[data-testid^=stBaseButton-primary]:not(:disabled) { color: light-dark(#fff, #12171a) !important; }"
    "[data-testid^=stBaseButton-primary]:not(:disabled):hover { background: light-dark(#085757, #7fd0c8) !important; }"
    "[data-testid=stCaptionContainer] { opacity: 0.75 !important; } code { overflow-wrap: anywhere; }"
    # How far the exact answer is stands below the bar and takes no room, so that nothing moves when it is there.
    ".st-key-exact-waits { position: fixed; z-index: 2; top: 3.25rem; left: 0; right: 0; height: 12px; overflow: hidden; pointer-events: none; }"
    "@media (max-width: 1100px) { .st-key-exact-waits { top: 5rem; } }</style>"
)
# Pages of this run of the script alone: with those that another browser's run had just put there, its page would not open.
_pages = {
    file: st.Page(SCRIPTS / f"{file}.py", title=f"{title} · Influence Explorer", url_path=file, default=not number)
    for number, (file, title) in enumerate(PAGES)
}
urls.PAGES.update(_pages)
_page = st.navigation(list(_pages.values()), position="hidden")
_file = _page.url_path or PAGES[0][0]
page_help.open_page(ABOUT / _file / "about.md")
term_hints.begin_page()
draw("bar", bar(dict(PAGES), _file))
try:
    with pauser.page():  # what nobody asked for stands still meanwhile
        _page.run()
except (ExplorerError, OSError) as error:
    st.error(verbatim(sentence(error)), icon=":material/error:")
    st.page_link(urls.PAGES["overview"], label="Back to the overview", icon=":material/arrow_back:")
