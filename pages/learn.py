"""How does it work? The lesson beside the live program, a game, the papers' experiments, and the words."""

from explorer.app import urls
from explorer.app.components.blocks.blocks import draw, head
from explorer.app.pages.learn.teaching.presentation import draw_presentation, is_presented
from explorer.app.pages.learn.teaching.print_style import draw_print_style
from explorer.app.pages.learn.views import QUESTION, VIEWS, draw_view, view_tabs

view = urls.choice_param("view", list(VIEWS), "lesson")
draw_print_style()
if is_presented():
    draw_presentation()
else:
    draw("top", head("Learn", QUESTION, []), view_tabs(view))
    draw_view(view)
