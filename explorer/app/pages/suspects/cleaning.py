"""The cleaning view of the Suspects page: accuracy against labels reviewed.

Ground-truth labels are revealed on this view only, and only for images that the user has already reviewed.
"""

from typing import Any

import numpy as np
import streamlit as st

from explorer.app import backend, error_messages, screen_text, urls
from explorer.app.components.blocks.blocks import TextBlock, doors, draw, heading, menus, small, text
from explorer.app.components.chart.chart import draw_chart
from explorer.app.components.job_progress.offer import draw_offer
from explorer.app.pages.suspects.queue_view import TRUSTED, draw_audit_button
from explorer.figures.cleaning_curve import ORDERS, cleaning_curves
from explorer.figures.rankings import detection_curves
from explorer.lesson.scenarios import ARTICLE
from explorer.runs.edits import edit_log
from explorer.runs.results.audit import AuditResult
from explorer.runs.results.cleaning import NONE, count_decisions, load_cleaning_curve, load_edits_curve
from explorer.runs.run import Run

TRUTH_EXPLAINED = (
    "The true labels of this run are known, so it can be measured what looking is worth: the first labels of each order are "
    "put right where they are wrong, and the last layer is fitted again. Every point is such a refit."
)
RANKINGS_EXPLAINED = (
    "The share of truly wrong labels among the first images of each ranking. λ says how strongly large weights are punished: "
    "the run's predicts the labels as they are best, the audit's predicts the trusted images best. The queue is the same in both."
)
EDITS_EXPLAINED = (
    "Nobody knows which labels of this run are wrong, so what looking is worth can only be measured along your own decisions: "
    "they are laid on the run one after the other, in the order in which you made them. Every point is a refit. All test "
    "images count, also those whose labels the audit trusts."
)


def draw_cleaning(run: Run) -> None:
    """Draw the cleaning curve where ground truth is known, else the curve along the user's own edits."""
    if run.truth is None:
        _draw_edits_curve(run)
    else:
        _draw_truth_curve(run)


def _draw_truth_curve(run: Run) -> None:
    trusted = urls.param_menu("trusted", "Test images that the audit trusts", TRUSTED, "all")
    draw("known", menus(trusted), text(TRUTH_EXPLAINED))
    with error_messages.show_errors():
        audit = backend.audit(run.id, trusted.value)
        if audit is None:
            draw_audit_button(trusted.value)
            return
        curve = load_cleaning_curve(run, audit)
        if curve is None:
            _draw_start_button("Refit along the queue", trusted.value)
            return
        _draw_curves(curve)
        draw("meant", text(gain_sentence(curve)), small(tests_sentence(curve, audit)), *_decision_blocks(run))
        _draw_rankings(run, audit)


def _draw_rankings(run: Run, audit: AuditResult) -> None:
    """Draw how many truly wrong labels each ranking finds, at the run's λ and at the audit's."""
    draw("rankings", heading("How many wrong labels each ranking finds"), text(RANKINGS_EXPLAINED))
    places = (("run", f"At the run's λ, {run.head.l2:.3g}"), ("audit", f"At the audit's λ, {audit.l2:.3g}"))
    for column, (head, title) in zip(st.columns(2, gap="large"), places, strict=True):
        column.subheader(title, anchor=False)
        with column:
            draw_chart(detection_curves(audit.curves, head), f"rankings-{head}", title)


def _draw_edits_curve(run: Run) -> None:
    draw("unknown", text(EDITS_EXPLAINED))
    if not count_decisions(run):
        draw("none", text(NONE), doors(*_ways_on()))
        return
    with error_messages.show_errors():
        curve = load_edits_curve(run)
        if curve is None:
            _draw_start_button(f"Refit along my {screen_text.counted(count_decisions(run), 'decision')}", "all")
            return
        _draw_curves(curve)
        draw("meant", text(edits_sentence(curve)))


def _ways_on() -> list[tuple[str, str]]:
    """Return the links for whoever decided nothing: to the queue, and to the curve of the story's run, if it is there."""
    ways = [("Open the review queue", urls.address("suspects", **urls.query_state(view="queue")))]
    if ARTICLE.name in backend.runs():
        told = urls.address("suspects", run=ARTICLE.name, view="cleaning")
        ways.append((f"See the curve of the run {ARTICLE.name}, whose wrong labels are known", told))
    return ways


def _draw_start_button(label: str, trusted: str) -> None:
    name = urls.run_name()
    draw_offer(label, ":material/science:", "cleaning", name, "--trusted", trusted, primary=True)


def _draw_curves(curve: dict[str, Any]) -> None:
    orders = {name: curve[name] for name in ORDERS if name in curve}
    figure = cleaning_curves(curve["counts"], orders, curve["classes"])
    draw_chart(figure, "cleaning", "Accuracy of each class against labels looked at")


def gain_sentence(curve: dict[str, Any]) -> str:
    """Return the final accuracy of the class that gains most by the queue, beside loss order and random order."""
    gains = np.array(curve["queue"][-1]) - np.array(curve["queue"][0])
    row, count = int(gains.argmax()), curve["counts"][-1]
    before, queue, loss, chance = (
        points[row] for points in (curve["queue"][0], *(curve[name][-1] for name in ("queue", "loss", "random")))
    )
    return (
        f"After {count:,} labels, {screen_text.percent(queue)} of the images of class {curve['classes'][row]} are right in the queue's order, "
        f"{screen_text.percent(loss)} by the loss and {screen_text.percent(chance)} by chance; before it was {screen_text.percent(before)}."
    )


def tests_sentence(curve: dict[str, Any], audit: AuditResult) -> str:
    """Return which test images the accuracy is measured on, and whether the audit had used them."""
    if curve["untouched"]:
        return f"Measured on the {curve['tests']:,} test images that the audit did not trust, so nothing was chosen by them."
    return (
        f"Measured on all {curve['tests']:,} test images, of which the audit trusted {len(audit.facts['trusted']):,}: they helped to "
        "order the queue. Trust every second one to see it on untouched images."
    )


def edits_sentence(curve: dict[str, Any]) -> str:
    """Return the accuracy of each class before and after the user's edits as text."""
    before, after = curve["edits"][0], curve["edits"][-1]
    each = ", ".join(
        f"{name} {screen_text.percent(was)} → {screen_text.percent(now)}"
        for name, was, now in zip(curve["classes"], before, after, strict=True)
    )
    return (
        f"Accuracy on {curve['tests']:,} test images before and after your {curve['counts'][-1]:,} decisions: {each}."
    )


def _decision_blocks(run: Run) -> list[TextBlock]:
    sentence = decisions_sentence(run)
    return [text(sentence)] if sentence else []


def decisions_sentence(run: Run) -> str:
    """Return how many of the user's decisions agree with ground truth; empty without decisions or without ground truth."""
    state, truth = edit_log.state(run.data_digest), run.truth
    if truth is None:
        return ""
    true = {int(row): run.class_names[label] for row, label in zip(run.arrays["train_rows"], truth, strict=True)}
    own = {
        int(row): run.class_names[label] for row, label in zip(run.arrays["train_rows"], run.train_labels, strict=True)
    }
    relabelled = [label == true[row] for row, label in state.labels.items() if row in true]
    kept = [own[row] == true[row] for row in state.kept if row in true]
    excluded = [own[row] != true[row] for row in state.excluded if row in true]
    agreements = (
        (relabelled, "new labels are true"),
        (kept, "labels that you confirmed are true"),
        (excluded, "images that you excluded had a wrong label"),
    )
    parts = [f"{sum(each):,} of {len(each):,} {words}" for each, words in agreements if each]
    return f"Of what you decided: {'; '.join(parts)}." if parts else ""
