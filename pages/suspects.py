"""Which labels are wrong, which images are outliers, and which of them matter?"""

from explorer.app import urls
from explorer.app.components.blocks.blocks import draw
from explorer.app.components.current_case.current_case import current_run
from explorer.app.components.page_head.page_head import page_head
from explorer.app.pages.suspects.views import VIEWS, draw_view, view_tabs

run = current_run()
view = urls.choice_param("view", list(VIEWS), "queue")
question = "Which labels are wrong, which images are outliers, and which of them matter?"
draw("top", page_head(run, "Suspects", question), view_tabs(view))
draw_view(view, run)
