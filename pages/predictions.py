"""Which test images are wrong?"""

from explorer.app import urls
from explorer.app.components.blocks.blocks import draw, menus, pager, small
from explorer.app.components.current_case.current_case import current_run, method_in_hand
from explorer.app.components.explanation_sections.explanation_sections import TOP
from explorer.app.components.gallery.gallery import Section, gallery
from explorer.app.components.image_tiles import image_tiles
from explorer.app.components.page_head.page_head import page_head
from explorer.app.components.search_field.search_field import search_field, search_words
from explorer.app.components.take_along.take_along import take_along
from explorer.app.pages.predictions.filters import (
    ORDERS,
    SUBSETS,
    causes_link,
    count_sentence,
    filtered_rows,
    tables_of,
)
from explorer.app.prefetch import explain_ahead

PAGE = 60  # tiles a page: two screens at 1280 px, and each page arrives in one message

run = current_run()
anything = ["any class", *run.class_names]
filters = (
    urls.param_menu("show", "Show", SUBSETS, "wrong"),
    urls.param_menu("label", "Labelled", anything, anything[0]),
    urls.param_menu("predicted", "The model says", anything, anything[0]),
    urls.param_menu("order", "Sort by", ORDERS, "sure"),
)
state = {menu.name: menu.value for menu in filters} | {"find": search_words()}
rows = filtered_rows(run, **state)
page, pages = urls.page_param(len(rows), PAGE)
shown = [int(row) for row in rows[PAGE * (page - 1) : PAGE * page]]
nothing = "No test image fits. Search for something else, choose “any class”, or show all images."
draw(
    "predictions",
    page_head(
        run,
        "Predictions",
        "Every test image with what the model says of it. Click one to see which training images argue for it and against it.",
    ),
    menus(*filters),
    search_field("Search", "File name, number or class, then Enter"),
    small(count_sentence(run, len(rows), state["find"], page, pages)),
    *causes_link(run, state["label"], state["predicted"]),
    gallery(Section("Test images", image_tiles.prediction_tiles(run, shown), empty=nothing, tile=112)),
    *pager(lambda to: urls.address("predictions", **urls.query_state(**state, page=to)), page, pages),
    take_along(*tables_of(run, len(rows), state)),
)
explain_ahead(run.id, shown, method_in_hand(run), TOP)
