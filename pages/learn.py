"""How does it work? The lesson beside the live program, a game, the papers' experiments, and the words."""

import streamlit as st

from explorer.app import urls
from explorer.app.components.blocks.blocks import draw, head
from explorer.app.pages.learn.teaching.presentation import STYLE, draw_presentation, is_presented, is_wall
from explorer.app.pages.learn.teaching.print_style import draw_print_style
from explorer.app.pages.learn.views import QUESTION, VIEWS, draw_view, view_tabs

view = urls.choice_param("view", list(VIEWS), "lesson")
draw_print_style()
if is_presented():
    draw_presentation()
elif is_wall():
    st.html(STYLE)
    draw_view(view)
else:
    draw("top", head("Learn", QUESTION, []), view_tabs(view))
    draw_view(view)
