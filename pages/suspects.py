"""Which labels are wrong, which images are outliers, and which of them matter?"""

from explorer.app import urls
from explorer.app.components.blocks.blocks import draw
from explorer.app.components.image_tiles import image_tiles
from explorer.app.pages.suspects.views import VIEWS, draw_view, tabs

run = image_tiles.opened()
view = urls.one_of("view", list(VIEWS), "queue")
question = "Which labels are wrong, which images are outliers, and which of them matter?"
draw("top", image_tiles.head(run, "Suspects", question), tabs(view))
draw_view(view, run)
