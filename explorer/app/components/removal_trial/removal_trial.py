"""Removal trials: leave training images out, refit the last layer, and show predicted beside measured changes.

What is asked lives in the address, so that it is there again after a reload and in a link: ``prove`` is the choice that the open
panel shows, ``out`` the images picked by hand, ``proved`` the image for which the refit was asked for: on Explain the test image, on
Training image the training image.
"""

import numpy as np
import streamlit as st

from explorer.app import backend, error_messages, screen_text, urls
from explorer.app.components.blocks.blocks import draw
from explorer.app.components.chart.chart import draw_chart
from explorer.app.components.data_table.data_table import draw_facts, draw_table
from explorer.app.components.explanation_sections.explanation_sections import TOP
from explorer.app.components.gallery.gallery import Section, gallery
from explorer.app.components.image_marks.image_marks import marked
from explorer.app.components.image_tiles import image_tiles
from explorer.app.components.job_progress import job_progress
from explorer.app.components.methods.methods import method_title, predicts_refit
from explorer.app.components.methods.whole_methods import has_whole_methods
from explorer.app.components.removal_trial.flipping_set import draw_flipping_set
from explorer.app.components.removal_trial.whole_flipping_set import draw_whole_flipping_set
from explorer.core.keyed_cache import keyed_cache
from explorer.evaluation.agreement import pearson
from explorer.figures.trial_scatter import agreement
from explorer.models import TRAINED_HERE
from explorer.runs.results import removal_trials
from explorer.runs.results.explanation import Explanation
from explorer.runs.results.removal_trials import Trial
from explorer.runs.run import Run

# What can be left out, as the address says it: words, a side of the explanation, and how many of its images.
CHOICES = {
    "harmful-1": ("the strongest ▼", "harmful", 1),
    "harmful-5": ("the 5 strongest ▼", "harmful", 5),
    "harmful": ("all ▼ of the gallery", "harmful", TOP),
    "helpful-1": ("the strongest ▲", "helpful", 1),
    "helpful-5": ("the 5 strongest ▲", "helpful", 5),
    "helpful": ("all ▲ of the gallery", "helpful", TOP),
}
PICKED = "picked"
WORDS = {name: words for name, (words, *_) in CHOICES.items()} | {PICKED: "images picked by hand"}
TRIALS = 64
SMOOTH_CHANGE = (
    "This training is smooth: a little less of an image changes the network a little. So small changes mean something too; large "
    "groups do more than was predicted."
)


def is_open() -> bool:
    """Return whether the address asks for a trial or for a flipping set."""
    return bool(urls.param("prove") or urls.param("flip"))


def doors_to_proof(run: Run, explanation: Explanation) -> list[tuple[str, str]]:
    """Return the links that open both trials, or close them; none of a flipping set where the head is too large for one."""
    if is_open():
        return [("Close the proof", urls.changed_address("explain", prove="", proved="", out="", flip="", find=""))]
    if explanation.whole:
        here = urls.query_state(test=explanation.index, prove="helpful")
        return [("Prove it, or find a flipping set", urls.changed_address("explain", **here))]
    known = backend.known_flip(run.id, explanation.index)
    found = ""
    if known and known.rows is not None:
        found = f"Without {len(known.rows):,} it says {run.class_names[known.after]}"
    here = urls.query_state(test=explanation.index, prove="harmful-1")
    links = [("Prove it: leave images out", urls.changed_address("explain", **here))]
    if run.curvature.dense:
        state = here | {"flip": "removing", "find": explanation.index}
        links.append((found or "Find a flipping set", urls.changed_address("explain", **state)))
    return links


@st.fragment
def draw_removal_trial(run: Run, explanation: Explanation) -> None:
    """Draw both trials where the address asks for them: leave images out, and find a small set that flips the prediction.

    With a method of the last layer both refit it; with one of the whole network both train the whole network again.
    """
    if explanation.whole:
        left, right = st.columns(2, gap="large")
        with left, error_messages.show_errors():
            _whole_removal(run, explanation)
        with right, error_messages.show_errors():
            draw_whole_flipping_set(run, explanation)
        return
    left, right = st.columns(2, gap="large")
    with left, error_messages.show_errors():
        _removal(run, explanation)
    with right, error_messages.show_errors():
        draw_flipping_set(run, explanation)


@keyed_cache(TRIALS)
def _trial(run_id: str, index: int, rows: tuple[int, ...], method: str) -> Trial:
    """Return the trial of a refit without these training images, which is stored."""
    return removal_trials.verify(backend.warm_run(run_id), index, rows, method)


def _removal(run: Run, explanation: Explanation) -> None:
    st.markdown("**Prove it:** leave images out, fit again, compare")
    rows = _chosen(run, explanation)
    st.button(
        "Leave out and refit",
        icon=":material/science:",
        key="prove",
        disabled=not rows,
        on_click=_ask,
        args=(explanation.index,),
    )
    if rows and urls.param("proved") == str(explanation.index):
        method = explanation.method if predicts_refit(explanation.method) else run.default_method
        with st.spinner("Fitting the last layer again"):
            trial = _trial(run.id, explanation.index, tuple(rows), method)
        _draw_trial(trial)
        points = removal_trials.load_trials(run.id)
        draw_chart(agreement(points), "trials")
        st.caption(f"All {len(points):,} trials of this run: on the line, what happened is what was predicted.")
    if run.manifest.backbone in TRAINED_HERE or run.manifest.finetune:
        _from_scratch(run, explanation, rows)


def _whole_removal(run: Run, explanation: Explanation) -> None:
    """Draw the choice of what is left out and the training of the whole network without it."""
    st.markdown("**Prove it:** leave images out, train the whole network again, compare")
    rows = _chosen(run, explanation)
    if rows and explanation.unit and explanation.target == explanation.label:
        predicted = float(explanation.scores[rows].sum())
        st.caption(
            f"By {method_title(explanation.method)} the loss would change by {screen_text.number(predicted, '+')} nats. "
            "The training starts from the same weights and takes the other images in the same order."
        )
    _from_scratch(run, explanation, rows)


def _from_scratch(run: Run, explanation: Explanation, rows: list[int]) -> None:
    """Draw the button that retrains the whole network, and the changes of this test image's loss so far."""
    name, smooth = urls.run_name(), has_whole_methods(run)
    label = "Train the whole network again without them"
    if st.button(label, icon=":material/replay:", type="primary" if smooth else "secondary", disabled=not rows):
        job_progress.start_job("retrain", name, "--test", str(explanation.index), "--remove", ",".join(map(str, rows)))
    job_progress.draw_jobs("retrain", name)
    retrained = removal_trials.from_scratch(run.id, explanation.index)
    if retrained:
        draw_table(
            "Change of loss after trainings from scratch",
            [
                {
                    "images left out": count,
                    "predicted" if smooth else "predicted (last layer's share)": screen_text.number(predicted, "+"),
                    "measured": screen_text.number(measured, "+"),
                }
                for count, predicted, measured in retrained
            ],
        )
        st.caption(
            "Change of the loss of the true label, in nats. "
            + (
                SMOOTH_CHANGE
                if smooth
                else "A network trained again ends elsewhere even for one image fewer; a small change says little."
            )
        )


def _chosen(run: Run, explanation: Explanation) -> list[int]:
    """Draw the choice of what is left out, and return its training rows."""
    asked = urls.choice_param("prove", list(WORDS), "harmful-1")
    st.session_state["prove-what"] = asked  # the address decides: after a reload, after a step back, in a link
    st.selectbox("Leave out", list(WORDS), format_func=WORDS.__getitem__, key="prove-what", on_change=_choose)
    if asked != PICKED:
        _, word, count = CHOICES[asked]
        return [
            entry.train_index for entry in (explanation.harmful if word == "harmful" else explanation.helpful)[:count]
        ]
    return _picked(run, explanation)


def _picked(run: Run, explanation: Explanation) -> list[int]:
    """Draw the field for training images picked by hand, and return their rows."""
    sides = (("▼", explanation.harmful), ("▲", explanation.helpful))
    names = {
        entry.train_index: f"{mark} {rank}: {entry.label}, training image {entry.train_index}"
        for mark, side in sides
        for rank, entry in enumerate(side, 1)
    }
    key = f"picked-{explanation.index}"
    if key not in st.session_state:
        given = (urls.param("out") or "").split(",")
        st.session_state[key] = [int(row) if row.isdigit() and int(row) in names else row for row in given if row]
    picked = st.multiselect(
        "Training images",
        list(names),
        format_func=lambda row: names.get(row, str(row)),
        accept_new_options=True,
        key=key,
        help="The galleries' images; any other training image by its number.",
        on_change=_pick,
        args=(key,),
    )
    rows = [urls.parse_whole_number("training image", str(row)) for row in picked]
    known = [row for row in rows if row < len(run.train_labels)]  # the refit says of others that they do not exist
    if known:
        draw("picked-tiles", gallery(_picked_section(run, explanation, known)))
    return rows


def _picked_section(run: Run, explanation: Explanation, rows: list[int]) -> Section:
    """Return the images that were picked by hand, as tiles with their files and what is known of them."""
    tiles = marked(run, "train", [image_tiles.training_tile(run, row) for row in rows])
    (about,) = marked(run, "test", [image_tiles.explained_tile(run, explanation)])
    return Section("Images picked by hand", tiles, tile=84, rows=2, order="choice", about=about)


def _choose() -> None:
    _answer_again(prove=st.session_state["prove-what"])


def _pick(key: str) -> None:
    _answer_again(out=",".join(map(str, st.session_state[key])))


def _ask(index: int) -> None:
    st.query_params["proved"] = str(index)


def _answer_again(**changes: str) -> None:
    """Write a choice into the address; what was proved before was another one."""
    for name, value in ({"proved": ""} | changes).items():
        if value:
            st.query_params[name] = value
        else:
            st.query_params.pop(name, None)


def _draw_trial(trial: Trial) -> None:
    count = len(trial.removed)
    draw_facts(
        {
            f"Loss of the true label, without {count} image{'s' if count > 1 else ''}": (
                f"predicted {screen_text.number(trial.predicted_loss_change, '+')}, measured {screen_text.number(trial.measured_loss_change, '+')} nats"
            ),
            "Probability of the true label": screen_text.moved(trial.probability_before, trial.probability_after),
            "The model says": screen_text.verbatim(f"{trial.label_before} → {trial.label_after}"),
            "The refit took": f"{trial.seconds:.2f} s",
        }
    )


@st.fragment
def draw_effects_trial(run: Run, index: int, predicted: np.ndarray, method: str) -> None:
    """Draw the button that leaves one training image out, and the measured change of all test losses."""
    if not predicts_refit(method):
        st.caption(f"Scores of {method} predict no refit; choose newton or influence to put them to the test.")
        return
    label = "Prove it: leave this image out and refit"
    st.button(label, icon=":material/science:", key="prove-effects", on_click=_ask, args=(index,))
    if urls.param("proved") == str(index):
        with error_messages.show_errors():
            _draw_effects(run, index, predicted, method)


def _draw_effects(run: Run, index: int, predicted: np.ndarray, method: str) -> None:
    with st.spinner("Fitting the last layer again"):
        measured = _measured(run.id, index, int(np.abs(predicted).argmax()), method)
    rows = np.argsort(-np.abs(predicted), kind="stable")[: 2 * TOP]
    st.markdown(
        f"Left out and fitted again. Predicted and measured changes of the loss correlate at "
        f"**{pearson(predicted, measured):.4f}** over all {len(measured):,} test images; these are the {len(rows)} that change most:"
    )
    points = list(zip(predicted[rows].tolist(), measured[rows].tolist(), strict=True))
    draw_chart(agreement(points), "effects-chart")


@keyed_cache(TRIALS)
def _measured(run_id: str, index: int, test: int, method: str) -> np.ndarray:
    """Return the changes of all test losses ``(m,)`` without a training image; the trial on one test image is stored."""
    removal_trials.verify(backend.warm_run(run_id), test, [index], method)
    return removal_trials.measured_effects(backend.warm_run(run_id), index)
