"""Where do all images lie?"""

import streamlit as st

from explorer.ui import acting, chosen, links, mapping, parts, working
from explorer.ui.blocks import columns, doors, draw, menus, small, text
from explorer.ui.scatter import listener, selected, with_chosen

run = parts.opened()
projection = links.menu("projection", "Laid out by", mapping.PROJECTIONS, "pca")
colour = links.menu("colour", "Coloured by", mapping.COLOURS, "class")
side = links.menu("side", "Images", mapping.SIDES, "train")
question = "Where do all images lie? Draw a line around some of them to see their pictures."
top = (parts.head(run, "Map", question), menus(projection, colour, side))
state = {menu.name: menu.value for menu in (projection, colour, side)}
points, missing = mapping.cloud(run, **state)
if points is None:
    audit = ("Open Suspects", links.address("suspects", **links.here()))
    draw("map", *top, text(missing), *([doors(audit)] if colour.value == "suspects" else []))
    if not mapping.laid_out(run, projection.value):
        job = ("map", links.run_name())
        st.button("Lay them out", icon=":material/scatter_plot:", on_click=working.begin, args=job)
        working.progress(*job)
    st.stop()
selection = selected(run)
draw(
    "map",
    *top,
    columns(
        (3, [with_chosen(points, selection), small(mapping.caption(run, **state))]),
        (2, chosen.shown(run, selection, "map", **state)),
    ),
    on_lasso=listener("map", points),
    on_act=acting.listener("map"),
)
