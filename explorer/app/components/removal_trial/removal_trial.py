"""Removal trials: leave training images out, refit the last layer, and show predicted beside measured changes."""

import numpy as np
import streamlit as st

from explorer.app import backend, error_messages, screen_text, urls
from explorer.app.components.blocks.blocks import draw
from explorer.app.components.data_table.data_table import draw_facts, draw_table
from explorer.app.components.edit_plan import edit_plan
from explorer.app.components.explanation_sections.explanation_sections import TOP
from explorer.app.components.gallery.gallery import Section, Tile, gallery
from explorer.app.components.image_tiles import image_tiles
from explorer.app.components.job_progress import job_progress
from explorer.app.components.methods.methods import predicts_refit
from explorer.app.components.tug_of_war.tug_of_war import tug
from explorer.evaluation.agreement import pearson
from explorer.evaluation.flip import Flip
from explorer.figures.trial_scatter import agreement
from explorer.models import SMALL_CNN
from explorer.runs.results import removal_trials
from explorer.runs.results.explanation import Explanation
from explorer.runs.results.removal_trials import Trial
from explorer.runs.run import Run

# What can be left out: a side of the explanation and how many of its images.
CHOICES = {
    "the most harmful image": ("harmful", 1),
    "the 5 most harmful": ("harmful", 5),
    "all harmful images shown": ("harmful", TOP),
    "the most helpful image": ("helpful", 1),
    "the 5 most helpful": ("helpful", 5),
    "all helpful images shown": ("helpful", TOP),
}
PICKED = "images picked by hand"
WAYS = {"leaving out": False, "relabelling": True}


@st.fragment
def draw_removal_trial(run: Run, explanation: Explanation) -> None:
    """Draw a switch and, behind it, two trials: leave images out, and find the smallest set that flips the prediction."""
    if not st.toggle("**Prove it:** leave images out of the training set, fit again, and compare", key="proving"):
        return
    left, right = st.columns(2, gap="large")
    with left, error_messages.show_errors():
        _removal(run, explanation)
    with right, error_messages.show_errors():
        _flip(run, explanation)


def removal_trial(run: Run, explanation: Explanation, rows: list[int]) -> Trial:
    """Refit without these training images and store the trial."""
    method = explanation.method if predicts_refit(explanation.method) else run.default_method
    return removal_trials.verify(run, explanation.index, rows, method)


def _removal(run: Run, explanation: Explanation) -> None:
    rows = _chosen(explanation)
    if st.button("Leave out and refit", icon=":material/science:", key="prove", disabled=not rows):
        st.session_state["trial"] = (run.id, removal_trial(backend.warm_run(run.id), explanation, rows))
    latest = st.session_state.get("trial")
    if latest and latest[0] == run.id and latest[1].test == explanation.index:
        _trial(latest[1])
        points = removal_trials.load_trials(run.id)
        st.plotly_chart(agreement(points), key="trials", config={"displayModeBar": False})
        st.caption(f"All {len(points)} trials of this run: on the line, what happened is what was predicted.")
    if run.manifest.backbone == SMALL_CNN:
        _from_scratch(run, explanation, rows)


def _from_scratch(run: Run, explanation: Explanation, rows: list[int]) -> None:
    """Draw the button that retrains the whole network, and the changes of this test image's loss so far."""
    name = urls.run_name()
    if st.button("Train the whole network again without them", icon=":material/replay:", disabled=not rows):
        job_progress.start_job("retrain", name, "--test", str(explanation.index), "--remove", ",".join(map(str, rows)))
    job_progress.draw_jobs("retrain", name)
    retrained = removal_trials.from_scratch(run.id, explanation.index)
    if retrained:
        draw_table(
            "Change of loss after trainings from scratch",
            [
                {
                    "images left out": count,
                    "predicted (last layer's share)": screen_text.number(predicted, "+"),
                    "measured": screen_text.number(measured, "+"),
                }
                for count, predicted, measured in retrained
            ],
        )
        st.caption(
            "Change of the loss of the true label, in nats. A network trained again ends elsewhere even for one image "
            "fewer; a small change says little."
        )


def _chosen(explanation: Explanation) -> list[int]:
    """Draw the choice of what is left out, and return its training rows."""
    choice = st.selectbox("Leave out", [*CHOICES, PICKED], key="prove-what")
    if choice != PICKED:
        word, count = CHOICES[choice]
        return [
            entry.train_index for entry in (explanation.harmful if word == "harmful" else explanation.helpful)[:count]
        ]
    sides = (("▼", explanation.harmful), ("▲", explanation.helpful))
    names = {
        entry.train_index: f"{mark} {rank}: {entry.label}, training image {entry.train_index}"
        for mark, side in sides
        for rank, entry in enumerate(side, 1)
    }
    help_ = "The galleries' images; any other training image by its number."
    picked = st.multiselect(
        "Training images",
        list(names),
        format_func=lambda row: names.get(row, str(row)),
        accept_new_options=True,
        key=f"picked-{explanation.index}",
        help=help_,
    )
    return [urls.parse_whole_number("training image", str(row)) for row in picked]


def _trial(trial: Trial) -> None:
    count = len(trial.removed)
    draw_facts(
        {
            f"Loss of the true label, without {count} image{'s' if count > 1 else ''}": (
                f"predicted {screen_text.number(trial.predicted_loss_change, '+')}, measured {screen_text.number(trial.measured_loss_change, '+')} nats"
            ),
            "Probability of the true label": f"{trial.probability_before:.4f} → {trial.probability_after:.4f}",
            "The model says": screen_text.verbatim(f"{trial.label_before} → {trial.label_after}"),
            "The refit took": f"{trial.seconds:.2f} s",
        }
    )


def _flip(run: Run, explanation: Explanation) -> None:
    st.markdown("How few training images have to change until the model changes its mind?")
    way = st.radio("By", list(WAYS), horizontal=True, key="flip-way")
    if st.button("Find a flipping set", icon=":material/swap_horiz:", key="flip"):
        with st.spinner("Refitting with more and more changes"):
            st.session_state["flip-found"] = (
                run.id,
                explanation.index,
                way,
                backend.flip(run.id, explanation.index, WAYS[way]),
            )
    latest = st.session_state.get("flip-found")
    if latest and latest[:2] == (run.id, explanation.index):
        _flipped(run, latest[1], latest[2], latest[3])


def _flipped(run: Run, index: int, way: str, flip: Flip) -> None:
    before, after = run.class_names[flip.before], run.class_names[flip.after]
    rope = tug(flip, before, after, way)
    if flip.rows is None:
        st.info(
            f"No set of images was found whose {way} makes the model say anything but {screen_text.verbatim(before)}."
        )
        draw("tug", rope)
        return
    count, n = len(flip.rows), len(run.train_labels)
    without = "Without" if flip.labels is None else "With other labels on"
    st.markdown(
        f"{without} **{count}** of {n:,} training images the model says **{screen_text.verbatim(after)}** instead of "
        f"**{screen_text.verbatim(before)}**; verified by a real refit."
    )
    tiles = [_tile(run, int(row), float(push)) for row, push in zip(flip.rows[:TOP], flip.pushes, strict=False)]
    shown = f"The strongest {len(tiles)} of them" if count > len(tiles) else "All of them"
    draw("flip-set", rope, gallery(Section("Smallest flipping set", tiles, shown, tile=84)))
    st.caption("It is the shortest start of the ranking that does it; some other set may be smaller.")
    edit_plan.draw_adoption(run, index, flip.rows, flip.labels)


def _tile(run: Run, row: int, push: float) -> Tile:
    label, change = run.class_names[run.train_labels[row]], screen_text.number(push, "+")
    alt = f"training image {row}, labelled {label}, it changes the lead by {change}"
    return image_tiles.training_tile(run, row, alt=alt, lines=(label, change))


@st.fragment
def draw_effects_trial(run: Run, index: int, predicted: np.ndarray, method: str) -> None:
    """Draw the button that leaves one training image out, and the measured change of all test losses."""
    if not predicts_refit(method):
        st.caption(f"Scores of {method} predict no refit; choose newton or influence to put them to the test.")
        return
    if st.button("Prove it: leave this image out and refit", icon=":material/science:", key="prove-effects"):
        with error_messages.show_errors():
            st.session_state["effects"] = (
                run.id,
                index,
                removal_trials.measured_effects(backend.warm_run(run.id), index),
            )
            removal_trials.verify(backend.warm_run(run.id), int(np.abs(predicted).argmax()), [index], method)
    latest = st.session_state.get("effects")
    if latest and latest[:2] == (run.id, index):
        measured = latest[2]
        rows = np.argsort(-np.abs(predicted), kind="stable")[: 2 * TOP]
        st.markdown(
            f"Left out and fitted again. Predicted and measured changes of the loss correlate at "
            f"**{pearson(predicted, measured):.4f}** over all {len(measured):,} test images; these are the {len(rows)} that change most:"
        )
        points = list(zip(predicted[rows].tolist(), measured[rows].tolist(), strict=True))
        st.plotly_chart(agreement(points), key="effects-chart", config={"displayModeBar": False})
