"""How does it work? The lesson beside the live program, a game, the papers' experiments, and the words."""

from explorer.ui import links
from explorer.ui.blocks import draw, head
from explorer.ui.learn import QUESTION, VIEWS, draw_view, tabs

view = links.one_of("view", list(VIEWS), "lesson")
draw("top", head("Learn", QUESTION, []), tabs(view))
draw_view(view)
