"""The Suspects page: its views, the review queue, and the button that starts the audit."""

import importlib

import numpy as np
import streamlit as st

from explorer.app import backend, urls
from explorer.app.components.blocks.blocks import Block, doors, draw, menus, pager, small, text
from explorer.app.components.image_actions import image_actions
from explorer.app.components.job_progress import job_progress
from explorer.app.pages.suspects.queue import about, part, review_block
from explorer.core.errors import ExplorerError
from explorer.runs import selections
from explorer.runs.run import Run

# View in the address: its name, and the function that draws it.
VIEWS = {
    "queue": ("Review queue", "explorer.app.pages.suspects.views:draw_queue"),
    "outliers": ("Outlier map", "explorer.app.pages.suspects.outliers:draw_outliers"),
    "groups": ("Groups", "explorer.app.pages.suspects.groups:draw_groups"),
    "duplicates": ("Duplicates", "explorer.app.pages.suspects.duplicates:draw_duplicates"),
    "cell": ("Who caused these errors?", "explorer.app.pages.suspects.views:draw_cell"),
    "cleaning": ("What cleaning is worth", "explorer.app.pages.suspects.cleaning:draw_cleaning"),
}
TRUSTED = {"all": "all test images", "even": "every second test image", "marked": "those I marked as trusted"}
NONE = "The selection holds no training image of this run; choose some on the map."
NOTHING = (
    "The audit looks for labels that are probably wrong: it asks how badly each label fits, which labels seem to have been "
    "mistaken for which, and what the image does to the test images that you trust. It ranks all training images by the "
    "three together. It takes about half a minute for 10,000 images; you can go on meanwhile."
)


def tabs(view: str) -> Block:
    """Return the links to all views; ``view`` is open."""
    state = urls.here()
    found = [
        {"label": label, "href": urls.address("suspects", **state, view=name), "open": name == view}
        for name, (label, _) in VIEWS.items()
    ]
    return {"kind": "tabs", "label": "Views of the suspects", "tabs": found}


def draw_view(view: str, run: Run) -> None:
    """Draw a view; its module is imported when it is asked for."""
    module, function = VIEWS[view][1].split(":")
    getattr(importlib.import_module(module), function)(run)


def draw_queue(run: Run) -> None:
    """Draw the review queue, or the button that starts the audit where there is none yet."""
    trusted = urls.menu("trusted", "Test images to trust", TRUSTED, "all")
    try:
        found = backend.audit(run.id, trusted.value)
    except ExplorerError as error:
        draw("trusted", menus(trusted), text(f"{error} On Explain, press “I trust this label” on some test images."))
        return
    if found is None:
        draw("offer", menus(trusted))
        offer(trusted.value)
        return
    key, row = urls.param("selection"), urls.number("train")
    order = found.order[np.isin(found.order, selections.of_run(key, run).train)] if key else found.order
    shown = part(order, urls.number("page"), row)
    block = review_block(run, found, shown, row, image_actions.answers()) if shown.rows else text(NONE)
    only = [("Leave the selection, show the whole queue", urls.address("suspects", **urls.here()))] if key else []
    state = urls.here(trusted=urls.param("trusted"), selection=key)
    draw(
        "queue",
        block,
        *pager(lambda to: urls.address("suspects", **state, page=to), shown.page, shown.pages),
        *([doors(*only)] if only else []),
        menus(trusted),
        small(about(found, shown)),
        on_act=image_actions.listener("queue"),
    )


def offer(trusted: str) -> None:
    """Draw what the audit does, and the button that starts it."""
    name = urls.run_name()
    draw("offer-words", text(NOTHING))
    words = ("audit", name, "--trusted", trusted)
    st.button("Start the audit", icon=":material/play_arrow:", on_click=job_progress.begin, args=words, type="primary")
    job_progress.progress("audit", name)


# Confusion cells that can be chosen above their culprits: two rows of links at 1280 px.
CELLS = 12


def draw_cell(run: Run) -> None:
    """Draw who caused the errors of a confusion cell, or of the test images of a selection."""
    from explorer.app.pages.suspects.error_causes import draw_culprits

    cells = confusions(run)
    if not cells and not urls.param("selection"):
        draw("cells", text("No test image is misclassified: there is nothing to debug here."))
        return
    first = next(iter(cells), ("", ""))
    label, predicted = urls.param("label") or first[0], urls.param("predicted") or first[1]
    if not urls.param("selection"):
        draw(
            "cells",
            text("Wrong predictions, the most frequent first; click one to see who caused it."),
            doors(*_cells(cells)),
        )
    draw_culprits(run, label, predicted)


def confusions(run: Run) -> dict[tuple[str, str], int]:
    """Return how many test images of each label were called each other class, the most frequent first."""
    wrong = np.flatnonzero(run.predicted != run.test_labels)
    pairs, counts = np.unique(np.stack([run.test_labels[wrong], run.predicted[wrong]]), axis=1, return_counts=True)
    names, order = run.class_names, np.argsort(-counts, kind="stable")
    return {(names[pairs[0, at]], names[pairs[1, at]]): int(counts[at]) for at in order}


def _cells(cells: dict[tuple[str, str], int]) -> list[tuple[str, str]]:
    return [
        (
            f"{label} → {predicted}: {count:,}",
            urls.address("suspects", **urls.here(view="cell", label=label, predicted=predicted)),
        )
        for (label, predicted), count in list(cells.items())[:CELLS]
    ]
