"""What Training image adds where the whole network is asked: the work that a first answer needs, and a real training without the image."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from explorer.app import screen_text, urls, whole_network
from explorer.app.components.blocks.blocks import Block, draw, small, text
from explorer.app.components.chart.chart import draw_chart
from explorer.app.components.current_case.current_case import current_method
from explorer.app.components.explanation_sections.explanation_sections import TOP
from explorer.app.components.job_progress.offer import draw_offer
from explorer.app.components.job_progress.turns import of_trainings
from explorer.app.components.methods.methods import method_title
from explorer.app.components.methods.whole_methods import REVERSED, TRAININGS, TYPICAL, WHOLE_METHODS
from explorer.evaluation.agreement import pearson
from explorer.figures.trial_scatter import agreement
from explorer.runs.run import Run
from explorer.runs.whole_network.methods import RELIABLE
from explorer.runs.whole_network.without import measured_without

INSTEAD = (
    "{asked} answers for one test image at a time. What one training image does to all of them is answered by {instant}; "
    "training again without it, below, is exact."
)
AGAIN = "Train the whole network again without this image"


def instead(run: Run, method: str) -> list[Block]:
    """Return the sentence on a method of the address in whose place another one answers; nothing where it answers itself."""
    asked = current_method(run)
    if asked == method or asked not in WHOLE_METHODS:
        return []
    return [small(INSTEAD.format(asked=method_title(asked), instant=method_title(REVERSED)))]


def draw_missing(run: Run, blocks: Sequence[Block]) -> bool:
    """Draw the page's head and image with the offer of the work that all answers need first; return whether they do."""
    work = whole_network.basis_needed(run)
    if work is None:
        return False
    draw("training", *blocks)
    sentence, label = TYPICAL
    st.markdown(f"**{method_title(REVERSED)}** is not there yet. {sentence}")
    takes = of_trainings(run, TRAININGS[work.kind])
    draw_offer(label, ":material/history:", work.kind, urls.run_name(), *work.options, primary=True, takes=takes)
    return True


def reliability(run: Run, method: str, scores: np.ndarray) -> list[Block]:
    """Return how near the effects that are shown are to the exact ones; nothing for a method of the last layer."""
    if method not in WHOLE_METHODS:
        return []
    held = whole_network.held(run, _strongest(scores))
    if held is None:
        return []
    said = f"These numbers hold about {screen_text.percent(held, 0)} of the exact answers, in the mean over the test images of the strongest effects"
    return [text(f"{said}." if held >= RELIABLE else f"{said}: they are rough. More replayed directions hold more.")]


def _strongest(scores: np.ndarray) -> np.ndarray:
    """Return the test images of the strongest effects, whichever their sign."""
    return np.argsort(-np.abs(scores), kind="stable")[: 2 * TOP]


def draw_retraining(run: Run, index: int, predicted: np.ndarray) -> None:
    """Draw what a real training without the image did to all test images beside what was predicted, or the offer of one."""
    measured = measured_without(run, [index])
    if measured is None:
        test = str(int(np.abs(predicted).argmax()))
        options = ("--test", test, "--remove", str(index))
        draw_offer(AGAIN, ":material/replay:", "retrain", urls.run_name(), *options, takes=of_trainings(run, 1.0))
        return
    rows = _strongest(predicted)
    st.markdown(
        f"The whole network was trained again without this image, from the same start. Predicted and measured changes of the loss "
        f"correlate at **{pearson(predicted, measured):.2f}** over all {len(measured):,} test images; these are the {len(rows)} that "
        "were to change most:"
    )
    draw_chart(agreement(list(zip(predicted[rows].tolist(), measured[rows].tolist(), strict=True))), "effects-chart")
