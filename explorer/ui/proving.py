"""Prove it: leave images out, refit for real, and show the prediction beside what happened."""

from functools import lru_cache

import streamlit as st

from explorer.evaluation.flip import Flip
from explorer.figures.trials import agreement
from explorer.runs import proof
from explorer.runs.explanation import Explanation
from explorer.runs.proof import Trial
from explorer.runs.run import Run
from explorer.ui import backend, links, parts, words
from explorer.ui.blocks import draw
from explorer.ui.gallery import Section, Tile, gallery
from explorer.ui.server import inline, url

# What can be left out: the word of the list and how many of it.
CHOICES = {
    "the most harmful image": ("harmful", 1),
    "the 5 most harmful": ("harmful", 5),
    "all harmful images shown": ("harmful", parts.TOP),
    "the most helpful image": ("helpful", 1),
    "the 5 most helpful": ("helpful", 5),
    "all helpful images shown": ("helpful", parts.TOP),
}


@st.fragment
def prove(run: Run, found: Explanation) -> None:
    """Draw the switch and, behind it, two experiments; the galleries above stay as they are."""
    if not st.toggle("**Prove it:** leave images out of the training set, fit again, and compare", key="proving"):
        return
    left, right = st.columns(2, gap="large")
    with left:
        _removal(run, found)
    with right:
        _flip(run, found)


def removal(run: Run, found: Explanation, choice: str) -> Trial:
    """Refit without what ``choice`` names, and keep the trial."""
    word, count = CHOICES[choice]
    chosen = found.harmful if word == "harmful" else found.helpful
    method = found.method if parts.predicts_refit(found.method) else "newton"
    return proof.verify(run, found.index, [entry.train_index for entry in chosen[:count]], method)


def _removal(run: Run, found: Explanation) -> None:
    choice = st.selectbox("Leave out", list(CHOICES), key="prove-what")
    if st.button("Leave out and refit", icon=":material/science:", key="prove"):
        st.session_state["trial"] = (run.id, removal(backend.warm_run(run.id), found, choice))
    known = st.session_state.get("trial")
    if known and known[0] == run.id and known[1].test == found.index:
        _trial(known[1])
        points = proof.trials(run.id)
        st.plotly_chart(agreement(points), key="trials", config={"displayModeBar": False})
        st.caption(f"All {len(points)} trials of this run: on the line, what happened is what was predicted.")


def _trial(trial: Trial) -> None:
    count = len(trial.removed)
    st.table(
        {
            f"Loss of the true label, without {count} image{'s' if count > 1 else ''}": (
                f"predicted {words.number(trial.predicted_loss_change, '+')}, measured {words.number(trial.measured_loss_change, '+')} nats"
            ),
            "Probability of the true label": f"{trial.probability_before:.4f} → {trial.probability_after:.4f}",
            "The model says": f"{trial.label_before} → {trial.label_after}",
            "The refit took": f"{trial.seconds:.2f} s",
        }
    )


def _flip(run: Run, found: Explanation) -> None:
    st.markdown("How few training images would have to go until the model changes its mind?")
    if st.button("Find a flipping set", icon=":material/swap_horiz:", key="flip"):
        with st.spinner("Refitting without more and more images"):
            st.session_state["flip-found"] = (run.id, found.index, flipped(run.id, found.index))
    known = st.session_state.get("flip-found")
    if known and known[:2] == (run.id, found.index):
        _flipped(run, known[2])


@lru_cache(maxsize=64)
def flipped(run_id: str, index: int) -> Flip:
    """Return the smallest flipping set of a test image."""
    return proof.flip(backend.warm_run(run_id), index)


def _flipped(run: Run, found: Flip) -> None:
    before, after = run.class_names[found.before], run.class_names[found.after]
    if found.rows is None:
        st.info(f"No set of helpful images was found whose removal makes the model say anything but {before}.")
        return
    count, n = len(found.rows), len(run.train_labels)
    st.markdown(f"Without **{count}** of {n:,} training images the model says **{after}** instead of **{before}**.")
    sure = f"The lead of {before} is {found.margin:.2f} in logits; alone, these images push it down by {-found.pushes.sum():.2f}."
    st.caption(
        f"{sure} Verified by a real refit. It is the shortest start of the ranking that does it; some other set may be smaller."
    )
    tiles = [
        _tile(run, int(row), float(push)) for row, push in zip(found.rows[: parts.TOP], found.pushes, strict=False)
    ]
    shown = f"The strongest {len(tiles)} of them" if count > len(tiles) else "All of them"
    draw("flip-set", gallery(Section("Smallest flipping set", tiles, shown, tile=84)))


def _tile(run: Run, row: int, push: float) -> Tile:
    label = run.class_names[run.train_labels[row]]
    alt = f"training image {row}, labelled {label}, without it the lead changes by {words.number(push, '+')}"
    href = links.address("training_image", run=links.run_name(), train=row)
    return Tile(
        str(row),
        url(run.id, "train", row),
        alt,
        (label, words.number(push, "+")),
        href,
        inline=inline(run.id, "train", row),
    )
