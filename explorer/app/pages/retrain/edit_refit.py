"""The edits in force as a diff, the refit with them, and predicted beside measured changes of the test losses."""

import numpy as np
import streamlit as st

from explorer.app import backend, screen_text, urls
from explorer.app.components.blocks.blocks import Block, doors, draw, heading, text
from explorer.app.components.chart.chart import draw_chart
from explorer.app.components.edit_plan.edit_plan import EditPlan, edited_name, refit_plan
from explorer.app.components.gallery.gallery import Section, Tile, gallery
from explorer.app.components.image_marks.image_marks import marked_sections
from explorer.app.components.image_tiles import image_tiles
from explorer.app.components.job_progress import job_progress
from explorer.core.errors import DamagedError, ExplorerError
from explorer.core.keyed_cache import keyed_cache
from explorer.evaluation.agreement import pearson
from explorer.evaluation.comparison import AccuracyChange
from explorer.figures.trial_scatter import agreement
from explorer.models import TRAINED_HERE
from explorer.runs import jobs, store
from explorer.runs.build.request import Config
from explorer.runs.edits import edit_scope, refit
from explorer.runs.results.comparison import Comparison, compare_runs, debugged
from explorer.runs.run import Run

# Pictures of each kind of edit on the page: three screens at 1280 px; the command line lists them all.
SHOWN = 120
NO_EDITS = (
    "No label was changed yet and no image was left out. Find an image that misled a prediction on Explain, or a doubtful "
    "one on Suspects, and give it another label or leave it out; then come back and see what it does."
)

OVERSHOT = f"more than {screen_text.percent(1, 0)}: the scores overshoot"
OTHER_CHANGES = "The link asked for a refit with other changes than those in force now. Look through them, then refit."


def summary_block(plan: EditPlan) -> Block:
    """Return the numbers of changed labels, excluded images and confirmed labels."""
    changes = plan.changes
    counts = (
        (len(changes.rows), "label", "changed"),
        (len(changes.removed), "image", "left out"),
        (plan.kept, "label", "confirmed"),
    )
    return text(", ".join(f"{screen_text.counted(count, noun)} {verb}" for count, noun, verb in counts if count) + ".")


def no_edits_blocks() -> list[Block]:
    """Return the blocks shown before there are edits."""
    links = (("Look through the suspects", "suspects"), ("Browse wrong predictions", "predictions"))
    return [text(NO_EDITS), doors(*((label, urls.address(page, **urls.query_state())) for label, page in links))]


def diff_block(plan: EditPlan) -> Block:
    """Return the galleries of relabelled images (old → new label) and of excluded ones."""
    run, changes = plan.base, plan.changes
    names = run.class_names
    relabelled = [
        _tile(plan, int(row), f"{names[run.train_labels[row]]} → {names[label]}")
        for row, label in zip(changes.rows[:SHOWN], changes.labels, strict=False)
    ]
    removed = [_tile(plan, int(row), f"{names[run.train_labels[row]]}, left out") for row in changes.removed[:SHOWN]]
    kinds = (("New labels", relabelled, len(changes.rows)), ("Left out", removed, len(changes.removed)))
    sections = [
        Section(title, tiles, title, _shown_sentence(len(tiles), of), tile=84, order="number")
        for title, tiles, of in kinds
        if of
    ]
    return gallery(*marked_sections(run, sections))


def _shown_sentence(shown: int, of: int) -> str:
    return f"The first {shown:,} of {of:,}." if shown < of else f"All {of:,}." if of > 1 else "One image."


def _tile(plan: EditPlan, row: int, becomes: str) -> Tile:
    alt = f"training image {row}, {becomes}"
    return image_tiles.training_tile(plan.base, row, alt=alt, lines=(becomes,), state=urls.query_state(run=plan.name))


def refit_or_button(plan: EditPlan) -> Run | None:
    """Return the run with exactly these changes; where there is none, draw the button that refits, and return None until it is pressed.

    An address whose ``refit`` is the id of that run refits at once: who follows it again finds the run.
    """
    made, asked = refit.edited_id(plan.base), urls.param("refit")
    try:
        return _named(plan, backend.run(made))
    except DamagedError:  # not there yet
        place = st.empty()
    if asked == made:
        return refit_plan(plan)
    if asked:
        draw("other", text(OTHER_CHANGES))
    if not place.button("Refit with these changes", icon=":material/play_arrow:", type="primary", key="refit"):
        return None
    run = refit_plan(plan)
    place.empty()
    return run


def _named(plan: EditPlan, run: Run) -> Run:
    """Give an existing run a name of the user's own where another user made it, whose name is not shown."""
    if edit_scope.owner() and urls.name_of(run.id) == run.id:
        store.point(edited_name(plan), run.id)
    return run


@keyed_cache(8)
def predicted_changes(base_id: str, edited_id: str) -> np.ndarray:
    """Return the change of every test loss that the scores predict for these edits, ``(m,)``, nats.

    Raises:
        ExplorerError: somebody edited the data meanwhile.
    """
    base = backend.warm_run(base_id)
    changes = refit.predicted_losses(base)
    if refit.edited_id(base) != edited_id:
        raise ExplorerError("Somebody changed these data just now; load the page again.")
    return changes


def draw_outcome(plan: EditPlan, after: Run) -> None:
    """Draw the predicted beside the measured changes, for one test image and for all."""
    base = plan.base
    predicted, measured = predicted_changes(base.id, after.id), after.test_losses - base.test_losses
    requested = urls.int_param("test")
    index = base.check_test(requested) if requested is not None else next(iter(debugged([base.id, after.id])), None)
    comparison = compare_runs(base, after)
    draw("headline", *_headline(plan, after, index, comparison))
    left, right = st.columns([2, 3], gap="large")
    with left:
        draw(
            "verdict",
            *_test_outcome(plan, after, index, float(predicted[index])) if index is not None else [],
            *_next_links(plan, after, index),
        )
    with right:
        draw("all", heading("Predicted and measured changes"), *_overall_blocks(comparison, predicted, measured))
        pairs = list(zip(predicted.tolist(), measured.tolist(), strict=True))
        chart = agreement(pairs).update_traces(marker={"size": 5, "opacity": 0.5})
        draw_chart(chart, "predicted", "Predicted and measured changes")


def _test_outcome(plan: EditPlan, after: Run, index: int, change: float) -> list[Block]:
    """Return the outcome for one test image: its probability before, predicted and after the refit."""
    base, row = plan.base, int(plan.base.test_labels[index])
    label = base.class_names[row]
    before, loss = float(base.test_probabilities[index, row]), float(base.test_losses[index]) + change
    then, now = (base.class_names[int(run.predicted[index])] for run in (base, after))
    facts = [
        (f"P({label}) before", screen_text.probability(before)),
        (
            "Predicted",
            screen_text.became(before, float(np.exp(-loss))) if loss > 0 else OVERSHOT,
        ),
        ("After the refit", screen_text.became(before, float(after.test_probabilities[index, row]))),
        ("The model said", f"{then} {'✓' if then == label else '✗'}"),
        ("It says now", f"{now} {'✓' if now == label else '✗'}"),
    ]
    tile = image_tiles.unlinked(image_tiles.prediction_tile(base, index, pictured=True))
    image = Section("The test image", [tile], facts=facts, tile=140, single=True)
    return [gallery(*marked_sections(base, [image]))]


def _headline(plan: EditPlan, after: Run, index: int | None, comparison: Comparison) -> list[Block]:
    """Return what became of the test image and of all others, and links to the predictions that were fixed and broken."""
    base, verdict = plan.base, ""
    if index is not None:
        then, now = (base.class_names[int(run.predicted[index])] for run in (base, after))
        verdict = f"{_verdict(base.class_names[int(base.test_labels[index])], then, now)}. "
    counts = (("✓", len(comparison.fixed), "fixed"), ("✗", len(comparison.broken), "broken"))
    links = [
        (f"{mark} {count:,} {word}", _compare_address(plan, after, index, which=word))
        for mark, count, word in counts
        if count
    ]
    return [heading(f"{verdict}All test images: {balance(comparison.overall)}"), *([doors(*links)] if links else [])]


def balance(change: AccuracyChange) -> str:
    """Return how many predictions were fixed and broken, and whether that is better: ``20 fixed, 21 broken, not better``."""
    counts = f"{change.fixed:,} fixed, {change.broken:,} broken"
    if change.fixed <= change.broken:
        worse = change.difference.high < 0
        return f"{counts}, {'worse' if worse else 'not better'}" if change.broken else "no prediction changed sides"
    by_chance = "" if change.difference.low > 0 else ", but it may be chance"
    return f"{counts}, {change.fixed - change.broken:,} more right{by_chance}"


def _verdict(label: str, then: str, now: str) -> str:
    if now == label:
        return f"Repaired: the model now says {now}" if then != label else f"Still right: the model says {now}"
    return f"Not repaired: the model says {now}" if then != label else f"Broken: the model now says {now}"


def _overall_blocks(comparison: Comparison, predicted: np.ndarray, measured: np.ndarray) -> list[Block]:
    """Return the accuracy of each class before and after, and the correlation of predicted and measured changes."""
    accuracies = [
        f"{name} {screen_text.percent(each.before.value)} → {screen_text.percent(each.after.value)}"
        for name, each in comparison.classes.items()
    ]
    return [
        text(f"Right: {', '.join(accuracies)}."),
        text(
            f"Over all {len(predicted):,} test images, what the scores predicted and what happened correlate at "
            f"{pearson(predicted, measured):.4f}. On the line, they are the same."
        ),
    ]


def _next_links(plan: EditPlan, after: Run, index: int | None) -> list[Block]:
    """Return the links to the comparison of both runs and to the explanation of the test image."""
    name = urls.name_of(after.id)
    compare = _compare_address(plan, after, index)
    explain = "" if index is None else urls.address("explain", **urls.query_state(run=name, test=index))
    wrong = index is not None and after.predicted[index] != after.test_labels[index]
    next_ = "See what still misleads it" if wrong else "Explain it on the new run"
    links = [("Compare both runs", compare), (next_, explain)]
    return [doors(*((label, href) for label, href in links if href))]


def _compare_address(plan: EditPlan, after: Run, index: int | None, **state: object) -> str:
    both = urls.query_state(what="runs", before=plan.base.id, after=after.id, test=index)
    return urls.address("compare", **both, **state)


def draw_retraining(plan: EditPlan) -> None:
    """For a network trained on these data, draw the button that trains it again with the edits."""
    if plan.base.manifest.backbone not in TRAINED_HERE and not plan.base.manifest.finetune:
        return
    name = edit_scope.derived_name(plan.name, "scratch")
    pressed = st.button("Train the whole network again with these changes", icon=":material/replay:", key="scratch")
    if pressed:
        jobs.start_build(Config.from_manifest(plan.base.manifest, edited=True), name)
    job_progress.draw_jobs("build", name)
    run_id = backend.runs().get(name)
    if run_id:
        label = f"Compare with {name} ({screen_text.counted(len(backend.manifest(run_id).edits), 'change')})"
        state = urls.query_state(what="runs", before=plan.base.id, after=run_id)
        draw("scratch-doors", doors((label, urls.address("compare", **state))))
