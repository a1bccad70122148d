"""Where do all images lie?"""

import streamlit as st

from explorer.app import urls
from explorer.app.components.blocks.blocks import columns, doors, draw, menus, small, text
from explorer.app.components.current_case.current_case import current_run
from explorer.app.components.job_progress.awaited import awaited
from explorer.app.components.job_progress.offer import draw_offer
from explorer.app.components.page_head.page_head import page_head
from explorer.app.components.scatter.choosing import listener, selected
from explorer.app.components.scatter.scatter import with_chosen
from explorer.app.components.selection_gallery import selection_gallery
from explorer.app.pages.map import layout

run = current_run()
projection = urls.param_menu("projection", "Laid out by", layout.PROJECTIONS, "pca")
colour = urls.param_menu("colour", "Coloured by", layout.COLOURS, "class")
side = urls.param_menu("side", "Images", layout.SIDES, "train")
question = "Where do all images lie? Draw a line around some of them to see their pictures."
top = (page_head(run, "Map", question), menus(projection, colour, side))
state = {menu.name: menu.value for menu in (projection, colour, side)}
points, missing = layout.cloud_block(run, **state)
if points is None:
    audit = ("Open Suspects", urls.address("suspects", **urls.query_state()))
    draw(
        "map",
        *top,
        text(missing),
        *([doors(audit), awaited("", "audit", run.id)] if colour.value == "suspects" else []),
    )
    if not layout.is_projected(run, projection.value):
        draw_offer("Lay them out", ":material/scatter_plot:", "map", urls.run_name())
    st.stop()
selection = selected(run)
draw(
    "map",
    *top,
    columns(
        (3, [with_chosen(points, selection), small(layout.caption(run, **state))]),
        (2, selection_gallery.selection_blocks(run, selection, "map", **state)),
    ),
    on_lasso=listener("map", points),
)
