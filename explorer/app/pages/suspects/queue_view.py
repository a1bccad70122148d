"""The review queue view of the Suspects page; before an audit exists, the button that starts one."""

import numpy as np

from explorer.app import backend, urls
from explorer.app.components.blocks.blocks import doors, draw, menus, pager, small, text
from explorer.app.components.image_actions import hearing
from explorer.app.components.job_progress.offer import draw_offer
from explorer.app.components.search_field import found_images as found
from explorer.app.components.search_field.search_field import search_field
from explorer.app.components.take_along.take_along import Tabled, take_review
from explorer.app.pages.suspects.queue import queue_page, queue_summary, review_block
from explorer.core.errors import ExplorerError
from explorer.evaluation.audit import WHOLE
from explorer.runs import selections
from explorer.runs.edits.exchange import file_of
from explorer.runs.results.audit import AuditResult
from explorer.runs.run import Run

TRUSTED = {"all": "all test images", "even": "every second test image", "marked": "those I marked as trusted"}
EMPTY_SELECTION = "The selection holds no training image of this run; choose some on the map."
# Orders by one ranking alone.
RANKED = {
    "harm": "the most harmful",
    "self-influence": "the largest self-influence",
    WHOLE: "the largest self-influence in the whole network",
    "loss": "the highest loss",
    "neighbours": "those with other neighbours",
    "confident learning": "those that models doubt",
}
AUDIT_EXPLAINED = (
    "The audit looks for labels that are probably wrong: it asks how badly each label fits, which labels seem to have been "
    "mistaken for which, and what the image does to the test images that you trust. It ranks all training images by the "
    "three together."
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
    sort = urls.param_menu("sort", "Sort by", _sorts(audit), "suspicion")
    wanted, order = found.found_images(run), in_order(audit, sort.value)
    for allowed in (wanted, selections.of_run(key, run).train if key else None):
        order = order if allowed is None else order[np.isin(order, allowed)]
    shown = queue_page(order, urls.int_param("page"), row)
    nothing = text(EMPTY_SELECTION if wanted is None else found.NOTHING)
    block = review_block(run, audit, shown, row, hearing.answers()) if shown.rows else nothing
    leave = (
        [("Leave the selection, show the whole queue", urls.address("suspects", **urls.query_state()))] if key else []
    )
    kept = {name: urls.param(name) for name in ("trusted", "sort", "find")}
    state = urls.query_state(**kept, selection=key)
    draw(
        "queue",
        block,
        *pager(lambda to: urls.address("suspects", **state, page=to), shown.page, shown.pages),
        *([doors(*leave)] if leave else []),
        menus(sort, trusted),
        search_field("Search the queue", found.HINT),
        small(queue_summary(audit, shown, sort.options[sort.value])),
        *take_review(Tabled("the whole queue with its reasons", "suspects", {"trusted": trusted.value})),
    )


def _sorts(audit: AuditResult) -> dict[str, str]:
    """Return the orders of the queue: value in the address to the words for what comes first."""
    run, ranked = audit.run, {name: words for name, words in RANKED.items() if name in audit.evidence}
    files = {"file": "by file name"} if file_of(run, "train", run.picture_row("train", 0)) else {}
    return {"suspicion": "the most suspect"} | ranked | {"class": "by class", "number": "by number"} | files


def in_order(audit: AuditResult, sort: str) -> np.ndarray:
    """Return the training rows ``(n,)`` in an order of the queue; equals in the order of suspicion."""
    run, queue = audit.run, audit.order
    if sort in audit.evidence:
        return queue[np.argsort(-audit.evidence[sort][queue], kind="stable")]
    if sort == "class":
        return queue[np.argsort(run.train_labels[queue], kind="stable")]
    if sort == "file":
        names = np.array([file_of(run, "train", run.picture_row("train", row)) for row in range(len(queue))])
        return np.argsort(names, kind="stable")
    return np.arange(len(queue)) if sort == "number" else queue


def draw_audit_button(trusted: str) -> None:
    """Draw an explanation of the audit and the button that starts it on the test images ``trusted``."""
    name = urls.run_name()
    draw("offer-words", text(AUDIT_EXPLAINED))
    draw_offer("Start the audit", ":material/play_arrow:", "audit", name, "--trusted", trusted, primary=True)
