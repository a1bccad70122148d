"""The review queue view of the Suspects page; before an audit exists, the button that starts one."""

import numpy as np

from explorer.app import backend, urls
from explorer.app.components.blocks.blocks import doors, draw, menus, pager, small, text
from explorer.app.components.image_actions import image_actions
from explorer.app.components.job_progress.offer import draw_offer
from explorer.app.components.take_along.take_along import Tabled, take_along
from explorer.app.pages.suspects.queue import queue_page, queue_summary, review_block
from explorer.core.errors import ExplorerError
from explorer.runs import selections
from explorer.runs.run import Run

TRUSTED = {"all": "all test images", "even": "every second test image", "marked": "those I marked as trusted"}
EMPTY_SELECTION = "The selection holds no training image of this run; choose some on the map."
AUDIT_EXPLAINED = (
    "The audit looks for labels that are probably wrong: it asks how badly each label fits, which labels seem to have been "
    "mistaken for which, and what the image does to the test images that you trust. It ranks all training images by the "
    "three together. It takes about half a minute for 10,000 images; you can go on meanwhile."
)


def draw_queue(run: Run) -> None:
    """Draw the review queue; where the run has no audit yet, draw the button that starts one."""
    trusted = urls.param_menu("trusted", "Test images to trust", TRUSTED, "all")
    try:
        audit = backend.audit(run.id, trusted.value)
    except ExplorerError as error:
        draw("trusted", menus(trusted), text(f"{error} On Explain, press “I trust this label” on some test images."))
        return
    if audit is None:
        draw("offer", menus(trusted))
        draw_audit_button(trusted.value)
        return
    key, row = urls.param("selection"), urls.int_param("train")
    order = audit.order[np.isin(audit.order, selections.of_run(key, run).train)] if key else audit.order
    shown = queue_page(order, urls.int_param("page"), row)
    block = review_block(run, audit, shown, row, image_actions.answers()) if shown.rows else text(EMPTY_SELECTION)
    leave = (
        [("Leave the selection, show the whole queue", urls.address("suspects", **urls.query_state()))] if key else []
    )
    state = urls.query_state(trusted=urls.param("trusted"), selection=key)
    draw(
        "queue",
        block,
        *pager(lambda to: urls.address("suspects", **state, page=to), shown.page, shown.pages),
        *([doors(*leave)] if leave else []),
        menus(trusted),
        small(queue_summary(audit, shown)),
        take_along(Tabled("the whole queue with its reasons", "suspects", {"trusted": trusted.value})),
        on_act=image_actions.listener("queue"),
    )


def draw_audit_button(trusted: str) -> None:
    """Draw an explanation of the audit and the button that starts it on the test images ``trusted``."""
    name = urls.run_name()
    draw("offer-words", text(AUDIT_EXPLAINED))
    draw_offer("Start the audit", ":material/play_arrow:", "audit", name, "--trusted", trusted, primary=True)
