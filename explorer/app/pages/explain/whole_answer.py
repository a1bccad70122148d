"""What Explain adds where the whole network is explained: how far the answer holds, the work that a first answer needs, the time machine."""

from collections.abc import Sequence

import streamlit as st

from explorer.app import screen_text, urls, whole_network
from explorer.app.components.blocks.blocks import Block, draw, heading, small, text
from explorer.app.components.gallery.gallery import Section, gallery
from explorer.app.components.image_marks.image_marks import marked
from explorer.app.components.image_tiles.image_tiles import prediction_tile, unlinked
from explorer.app.components.job_progress.offer import draw_offer, promised
from explorer.app.components.job_progress.turns import of_trainings
from explorer.app.components.methods.methods import method_title
from explorer.app.components.methods.whole_methods import TRAININGS, TYPICAL, WHOLE_METHODS, has_whole_methods
from explorer.app.components.time_machine.time_machine import time_machine
from explorer.app.whole_network import Needed
from explorer.core.files import megabytes
from explorer.runs.results.explanation import Attribution, Explanation
from explorer.runs.run import Run
from explorer.runs.store import recording_folder
from explorer.runs.upkeep import size_of
from explorer.runs.whole_network.methods import AVERAGE, RELIABLE
from explorer.runs.whole_network.other_seeds import USUAL_SEEDS

TIME_MACHINE = "Time machine: who taught it when?"
EXACT = "Run the training backwards for this image"
# What stands in the place of an answer that needs a work first, and the button that begins it.
FIRST = {
    "replay-basis": TYPICAL,
    AVERAGE: (
        "The network is trained from three more starts, and each training is run backwards and forwards for some typical questions.",
        "Train from other starts",
    ),
    "exact": (
        "The training is run backwards for this image alone. The answer is kept, with what each epoch added.",
        EXACT,
    ),
    "index": (
        "This method first looks at every training image, once for the whole run.",
        "Prepare this method",
    ),
}
NOT_EXACT = "Running the training backwards for this image gives the exact scores, and what each epoch of the training added to them."


def wanted(run: Run, index: int, method: str, target: str | None) -> Needed | None:
    """Return the work that the answer needs first; None where it is there, or where the last layer is explained."""
    return whole_network.needed(run, index, method, target) if method in WHOLE_METHODS else None


def draw_wanted(run: Run, index: int, method: str, work: Needed, head: Sequence[Block]) -> None:
    """Draw the head of the page, the test image and the offer of the work that its answer needs first."""
    said, label = FIRST[work.kind]
    own = whole_network.own_shares(run, index)
    image = marked(run, "test", [unlinked(prediction_tile(run, index, pictured=True, own=own))])
    draw("explain", *head, gallery(Section("The test image", image, "This image", tile=180, single=True)))
    st.markdown(f"**{method_title(method)}** is not there yet. {said}{_room(run, work)}")
    draw_offer(
        label,
        ":material/history:",
        work.kind,
        urls.run_name(),
        *work.options,
        primary=True,
        takes=of_trainings(run, TRAININGS.get(work.kind, 1.0)),
    )


def _room(run: Run, work: Needed) -> str:
    """Return how much of the disk the states of further trainings take, as those of the run's own do; empty for other works."""
    if work.kind != AVERAGE:
        return ""
    each = size_of([recording_folder(run.id)])
    return f" Their states take about {megabytes(USUAL_SEEDS * each)} on this computer." if each else ""


def reliability(found: Attribution) -> list[Block]:
    """Return how near an answer of the basis is to the exact one; nothing for other methods."""
    held = found.share_held
    if held is None:
        return []
    whose = "This answer holds" if found.trainings == 1 else f"The answers of {found.trainings} trainings hold"
    said = f"{whose} about {screen_text.percent(held, 0)} of the exact {'one' if found.trainings == 1 else 'ones'}, as a sample of it says"
    if held >= RELIABLE:
        return [text(f"{said}.")]
    more = " Below it stands how to compute it exactly." if isinstance(found, Explanation) else ""
    return [text(f"{said}: it is rough.{more}")]


def time_machine_blocks(run: Run, index: int, target: str | None, sides: Sequence[Section]) -> list[Block]:
    """Return what each epoch added to the scores, or what computing it takes; nothing where no training was recorded."""
    if not has_whole_methods(run):
        return []
    added = whole_network.by_epoch(run, index, target)
    if added is not None:
        return [heading(TIME_MACHINE), time_machine(run, added, [side.title for side in sides])]
    options, takes = whole_network.exact_options(index, target), of_trainings(run, TRAININGS["exact"])
    return [heading(TIME_MACHINE), small(NOT_EXACT), *promised("exact", urls.run_name(), *options, takes=takes)]


def draw_exact_offer(run: Run, index: int, target: str | None) -> None:
    """Draw the button that computes what each epoch added, below :func:`time_machine_blocks`; nothing where that is there."""
    if has_whole_methods(run) and whole_network.by_epoch(run, index, target) is None:
        options = whole_network.exact_options(index, target)
        draw_offer(EXACT, ":material/history:", "exact", urls.run_name(), *options, takes=None)
