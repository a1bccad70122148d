"""What if? The edits in force as a diff, the refit, and what the scores predicted beside what happened."""

import numpy as np
import streamlit as st

from explorer.app import backend, screen_text, urls
from explorer.app.components.blocks.blocks import Block, doors, draw, heading, text
from explorer.app.components.edit_plan.edit_plan import EditPlan, edited_name, refit_plan
from explorer.app.components.gallery.gallery import Section, Tile, gallery
from explorer.app.components.image_tiles import image_tiles
from explorer.app.components.job_progress import job_progress
from explorer.core.errors import DamagedError, ExplorerError
from explorer.core.keyed_cache import keyed_cache
from explorer.evaluation.agreement import pearson
from explorer.figures.trial_scatter import agreement
from explorer.models import SMALL_CNN
from explorer.runs import jobs, store
from explorer.runs.build.request import Config
from explorer.runs.edits import edit_scope, refit
from explorer.runs.results.comparison import compare_runs, debugged
from explorer.runs.run import Run

# Pictures of each kind of edit on the page: three screens at 1280 px; the command line lists them all.
SHOWN = 120
NOTHING = (
    "No label was changed yet and no image was left out. Find an image that misled a prediction on Explain, or a doubtful "
    "one on Suspects, and give it another label or leave it out; then come back and see what it does."
)


def summary(plan: EditPlan) -> Block:
    """Return the edits as counts."""
    changes = plan.changes
    counts = (
        (len(changes.rows), "label", "changed"),
        (len(changes.removed), "image", "left out"),
        (plan.kept, "label", "confirmed"),
    )
    return text(", ".join(f"{screen_text.counted(count, noun)} {verb}" for count, noun, verb in counts if count) + ".")


def nothing() -> list[Block]:
    """Return what stands there before there are edits."""
    found = (("Look through the suspects", "suspects"), ("Browse wrong predictions", "predictions"))
    return [text(NOTHING), doors(*((label, urls.address(page, **urls.query_state())) for label, page in found))]


def diff(plan: EditPlan) -> Block:
    """Return the edited images: what their labels were and become, and which are left out."""
    run, changes = plan.base, plan.changes
    names = run.class_names
    relabelled = [
        _tile(plan, int(row), f"{names[run.train_labels[row]]} → {names[label]}")
        for row, label in zip(changes.rows[:SHOWN], changes.labels, strict=False)
    ]
    removed = [_tile(plan, int(row), f"{names[run.train_labels[row]]}, left out") for row in changes.removed[:SHOWN]]
    kinds = (("New labels", relabelled, len(changes.rows)), ("Left out", removed, len(changes.removed)))
    sections = [Section(title, tiles, title, _first(len(tiles), of), tile=84) for title, tiles, of in kinds if of]
    return gallery(*sections)


def _first(shown: int, of: int) -> str:
    return f"The first {shown} of {of:,}." if shown < of else f"All {of:,}." if of > 1 else "One image."


def _tile(plan: EditPlan, row: int, becomes: str) -> Tile:
    alt = f"training image {row}, {becomes}"
    return image_tiles.training_tile(plan.base, row, alt=alt, lines=(becomes,), run_name=plan.name)


def refitted(plan: EditPlan) -> Run | None:
    """Return the run of exactly these edits, else draw the button that makes it; None while nobody has pressed it."""
    try:
        return _own(plan, backend.run(refit.edited_id(plan.base)))
    except DamagedError:  # not there yet
        place = st.empty()
    if not place.button("Refit with these edits", icon=":material/play_arrow:", type="primary", key="refit"):
        return None
    made = refit_plan(plan)
    place.empty()
    return made


def _own(plan: EditPlan, found: Run) -> Run:
    """Give a run that exists the own name where somebody else made it: their name is not shown."""
    if edit_scope.owner() and urls.name_of(found.id) == found.id:
        store.point(edited_name(plan), found.id)
    return found


@keyed_cache(8)
def predicted(base_id: str, edited_id: str) -> np.ndarray:
    """Return what the scores predict these edits do to every test loss ``(m,)``, nats.

    Raises:
        ExplorerError: somebody edited the data meanwhile.
    """
    base = backend.warm_run(base_id)
    found = refit.predicted_losses(base)
    if refit.edited_id(base) != edited_id:
        raise ExplorerError("Somebody edited these data just now; load the page again.")
    return found


def happened(plan: EditPlan, after: Run) -> None:
    """Draw what the scores predicted for the edits beside what happened."""
    base = plan.base
    said, measured = predicted(base.id, after.id), after.test_losses - base.test_losses
    asked = urls.int_param("test")
    index = base.check_test(asked) if asked is not None else next(iter(debugged([base.id, after.id])), None)
    left, right = st.columns([2, 3], gap="large")
    with left:
        draw(
            "verdict",
            *_prediction(plan, after, index, float(said[index])) if index is not None else [],
            *_doors(plan, after, index),
        )
    with right:
        draw("all", heading("All test images"), *_all(plan, after, said, measured))
        pairs = list(zip(said.tolist(), measured.tolist(), strict=True))
        chart = agreement(pairs).update_traces(marker={"size": 5, "opacity": 0.5})
        st.plotly_chart(chart, key="predicted", config={"displayModeBar": False}, alt="Predicted and measured changes")


def _prediction(plan: EditPlan, after: Run, index: int, change: float) -> list[Block]:
    """Return what became of one test image: its probability before, predicted and measured."""
    base, row = plan.base, int(plan.base.test_labels[index])
    label = base.class_names[row]
    loss = float(base.test_losses[index]) + change
    then, now = (base.class_names[int(run.predicted[index])] for run in (base, after))
    facts = [
        (f"P({label}) before", screen_text.number(float(base.test_probabilities[index, row]))),
        ("Predicted", screen_text.number(float(np.exp(-loss))) if loss > 0 else "more than 1: the scores overshoot"),
        ("After the refit", screen_text.number(float(after.test_probabilities[index, row]))),
        ("The model said", f"{then} {'✓' if then == label else '✗'}"),
        ("It says now", f"{now} {'✓' if now == label else '✗'}"),
    ]
    tile = image_tiles.unlinked(image_tiles.prediction_tile(base, index, pictured=True))
    shown = Section("The test image", [tile], facts=facts, tile=140, single=True)
    return [heading(_verdict(label, then, now)), gallery(shown)]


def _verdict(label: str, then: str, now: str) -> str:
    if now == label:
        return f"Repaired: the model now says {now}" if then != label else f"Still right: the model says {now}"
    return f"Not repaired: the model says {now}" if then != label else f"Broken: the model now says {now}"


def _all(plan: EditPlan, after: Run, said: np.ndarray, measured: np.ndarray) -> list[Block]:
    """Return how well the scores predicted all test images, and what became of each class."""
    found = compare_runs(plan.base, after)
    moved = [f"{name} {each.before.value:.1%} → {each.after.value:.1%}" for name, each in found.classes.items()]
    fixed, broken = screen_text.counted(len(found.fixed), "prediction"), len(found.broken)
    return [
        text(f"Right: {', '.join(moved)}; {fixed} fixed, {broken:,} broken."),
        text(
            f"Over all {len(said):,} test images, what the scores predicted and what happened correlate at "
            f"{pearson(said, measured):.4f}. On the line, they are the same."
        ),
    ]


def _doors(plan: EditPlan, after: Run, index: int | None) -> list[Block]:
    """Return the links to what can be asked next."""
    name = urls.name_of(after.id)
    between = urls.address("compare", what="runs", before=plan.base.id, after=after.id, test=index)
    asked = "" if index is None else urls.address("explain", run=name, test=index)
    wrong = index is not None and after.predicted[index] != after.test_labels[index]
    next_ = "See what still misleads it" if wrong else "Explain it on the new run"
    found = [("Compare both runs", between), (next_, asked)]
    return [doors(*((label, href) for label, href in found if href))]


def from_scratch(plan: EditPlan) -> None:
    """Draw, for a network that was trained on these data, the button that trains it again with the edits."""
    if plan.base.manifest.backbone != SMALL_CNN:
        return
    name = edit_scope.derived_name(plan.name, "scratch")
    pressed = st.button("Train the whole network again with these edits", icon=":material/replay:", key="scratch")
    if pressed and job_progress.may_start():
        jobs.start_build(Config.from_manifest(plan.base.manifest, edited=True), name)
    job_progress.draw_jobs("build", name)
    made = backend.runs().get(name)
    if made:
        label = f"Compare with {name} ({screen_text.counted(len(backend.manifest(made).edits), 'edit')})"
        state = {"what": "runs", "before": plan.base.id, "after": made, "test": urls.param("test")}
        draw("scratch-doors", doors((label, urls.address("compare", **state))))
