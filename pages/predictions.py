"""Which test images are wrong?"""

import streamlit as st

from explorer.ui import links, parts
from explorer.ui.ahead import explain_ahead
from explorer.ui.gallery import Section, gallery
from explorer.ui.predictions import ORDERS, SHOWN, ordered

PAGE = 60  # tiles a page: two screens at 1280 px, and each page arrives in one message

run = parts.opened()
parts.head(
    run, "Predictions", "Every test image with what the model says of it. **Click one** to see who taught it that."
)
anything = ["any class", *run.class_names]
first, second, third, fourth = st.columns(4)
with first:
    show = links.choice("show", "Show", list(SHOWN), "wrong", format_func=SHOWN.get)
with second:
    label = links.choice("label", "Labelled", anything, anything[0])
with third:
    predicted = links.choice("predicted", "The model says", anything, anything[0])
with fourth:
    order = links.choice("order", "First come", list(ORDERS), "sure", format_func=ORDERS.get)

rows = ordered(run, show, label, predicted, order)
pages = max(1, -(-len(rows) // PAGE))
page = min(links.number("page") or 1, pages)
st.caption(
    f"{len(rows):,} of {len(run.test_labels):,} test images" + (f", page {page} of {pages}" if pages > 1 else "")
)
shown = [int(row) for row in rows[PAGE * (max(page, 1) - 1) : PAGE * max(page, 1)]]
tiles = [parts.image_tile(run, row) for row in shown]
nothing = "No test image fits these filters. Choose “any class”, or show all images."
gallery("predictions", Section("Test images", tiles, empty=nothing, tile=112))
if pages > 1:
    back, forward, _ = st.columns([1, 1, 4])
    back.button("Previous page", disabled=page <= 1, on_click=lambda: links.put("page", page - 1), width="stretch")
    forward.button("Next page", disabled=page >= pages, on_click=lambda: links.put("page", page + 1), width="stretch")
explain_ahead(run.id, shown, "newton", parts.TOP)
