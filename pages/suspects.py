"""Which labels are wrong, which images are outliers, and which of them matter?"""

from explorer.ui import links, parts
from explorer.ui.blocks import draw
from explorer.ui.suspects import VIEWS, draw_view, tabs

run = parts.opened()
view = links.one_of("view", list(VIEWS), "queue")
question = "Which labels are wrong, which images are outliers, and which of them matter?"
draw("top", parts.head(run, "Suspects", question), tabs(view))
draw_view(view, run)
