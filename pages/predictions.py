"""Which test images are wrong?"""

from explorer.ui import links, parts
from explorer.ui.ahead import explain_ahead
from explorer.ui.blocks import draw, menus, pager, small
from explorer.ui.gallery import Section, gallery
from explorer.ui.predictions import ORDERS, SHOWN, caused, ordered

PAGE = 60  # tiles a page: two screens at 1280 px, and each page arrives in one message

run = parts.opened()
anything = ["any class", *run.class_names]
filters = (
    links.menu("show", "Show", SHOWN, "wrong"),
    links.menu("label", "Labelled", anything, anything[0]),
    links.menu("predicted", "The model says", anything, anything[0]),
    links.menu("order", "First come", ORDERS, "sure"),
)
state = {menu.name: menu.value for menu in filters}
rows = ordered(run, **state)
page, pages = links.page_of(len(rows), PAGE)
shown = [int(row) for row in rows[PAGE * (page - 1) : PAGE * page]]
nothing = "No test image fits these filters. Choose “any class”, or show all images."
draw(
    "predictions",
    parts.head(
        run, "Predictions", "Every test image with what the model says of it. Click one to see who taught it that."
    ),
    menus(*filters),
    small(
        f"{len(rows):,} of {len(run.test_labels):,} test images" + (f", page {page} of {pages}" if pages > 1 else "")
    ),
    *caused(run, state["label"], state["predicted"]),
    gallery(Section("Test images", parts.image_tiles(run, shown), empty=nothing, tile=112)),
    *pager(lambda to: links.address("predictions", **links.here(**state, page=to)), page, pages),
)
explain_ahead(run.id, shown, run.default_method, parts.TOP)
