"""Actions at hand where an image stands: quiet buttons whose clicks are written down before the screen says so."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Annotated, Any, Literal, TypedDict

import numpy as np
import streamlit as st

from explorer.app import backend, screen_text, urls
from explorer.core.errors import ExplorerError
from explorer.runs.edits import actions, edit_log
from explorer.runs.results.explanation import Explanation
from explorer.runs.run import Run

HEARD = "acting-heard"
# Classes that have a digit in the review queue, or a button for many images at once.
SHORTCUTS = 9
# Other labels that have a button, the likeliest first; the review queue has them all.
OTHERS = 3


class ActButton(TypedDict):
    """A button and the edit that it asks for."""

    label: str
    action: str
    rows: list[int]
    value: str
    on: bool
    said: str


class Way(TypedDict):
    """A link behind the buttons; ``next`` marks a next step."""

    label: str
    href: str
    next: bool


class ActsBlock(TypedDict):
    """Buttons that write edits of a run, links, and answers to what this browser asked for."""

    kind: Literal["acts"]
    run: str
    label: str
    buttons: list[ActButton]
    links: list[Way]
    answers: list[Annotated[dict[str, Any], actions.Answer]]


def listener(key: str) -> Callable[[], None]:
    """Return what is called when a person acts in the element ``key``: it writes the edits and keeps the answers."""

    def heard() -> None:
        request = st.session_state[key]["act"]
        if request:
            # What is heard is written down before Streamlit may interrupt: touching its state again is such a moment.
            answers = _answers(request)
            st.session_state[HEARD] = answers

    return heard


def _answers(request: Any) -> list[dict[str, Any]]:
    try:
        return [asdict(answer) for answer in actions.perform(request, backend.run)]
    except ExplorerError as error:
        return [asdict(actions.Answer("", str(error), False))]


def answers() -> list[dict[str, Any]]:
    """Return the answers to the last message of this browser tab."""
    return list(st.session_state.get(HEARD, []))


def button(
    label: str, action: str, rows: Sequence[int], value: str = "", on: bool = False, said: str = ""
) -> ActButton:
    """Return a button; ``on`` marks what is in force already, ``said`` is its longer name."""
    rows = [int(row) for row in rows]
    return {"label": label, "action": action, "rows": rows, "value": value, "on": on, "said": said or label}


def acts(
    run: Run, label: str, buttons: Sequence[ActButton], *ways: tuple[str, str], quiet: Sequence[tuple[str, str]] = ()
) -> ActsBlock:
    """Return buttons in a row, what was saved, and ways on ``(label, address)``.

    Args:
        label: what can be done, in words.
        buttons: of :func:`button`.
        ways: links that stand behind the buttons.
        quiet: links that are no next step.
    """
    links: list[Way] = [{"label": name, "href": href, "next": (name, href) in ways} for name, href in (*ways, *quiet)]
    return {
        "kind": "acts",
        "run": run.id,
        "label": label,
        "buttons": list(buttons),
        "links": links,
        "answers": answers(),
    }


def on_explanation(run: Run, explanation: Explanation, *ways: tuple[str, str]) -> ActsBlock:
    """Return what can be done about a prediction: exclude who misled it, trust its label, then refit; and other ways on."""
    state = edit_log.state(run.data_digest)
    harmful = [entry.train_index for entry in explanation.harmful]
    gone = bool(harmful) and all(run.picture_row("train", row) in state.excluded for row in harmful)
    trusted = explanation.index in state.trusted
    buttons = [button("I trust this label", "trust", [explanation.index], "-" if trusted else "", trusted)]
    if harmful:
        buttons.insert(0, button(f"Exclude the {len(harmful)} harmful ones shown", "exclude", harmful, on=gone))
    return acts(
        run, "What can be done about it", [*buttons, *_undo(state)], *_refit(run, explanation.index), quiet=ways
    )


def on_image(run: Run, row: int) -> ActsBlock:
    """Return what can be done about a training image: other labels, exclude, keep."""
    state, picture = edit_log.state(run.data_digest), run.picture_row("train", row)
    label, now = run.class_names[run.train_labels[row]], state.labels.get(picture)
    likeliest = [run.class_names[other] for other in np.argsort(-run.head.train_probabilities[row], kind="stable")]
    others = [name for name in likeliest if name != label][:OTHERS]
    buttons = [button(f"Relabel to {name}", "relabel", [row], name, now == name) for name in others]
    buttons += [button("Exclude this image", "exclude", [row], on=picture in state.excluded)]
    buttons += [button(f"Keep: {label} is right", "keep", [row], on=picture in state.kept)]
    ways = [("Open it in the review queue", urls.address("suspects", **urls.query_state(train=row)))]
    return acts(run, "What can be done about it", [*buttons, *_undo(state)], *ways, *_refit(run))


def taking_back(run: Run) -> ActsBlock:
    """Return the buttons that undo and redo a person's edits, step by step."""
    redo = button("Redo", "redo", [], said="Redo what you undid last")
    return acts(run, "Take back", [*_undo(edit_log.state(run.data_digest)), redo])


def _undo(state: edit_log.State) -> list[ActButton]:
    return [button("Undo", "undo", [], said="Undo your last edit of this data set")] if _any(state) else []


def _any(state: edit_log.State) -> bool:
    return bool(state.touched() or state.trusted or state.tags or state.notes)


def _refit(run: Run, test: int | None = None) -> list[tuple[str, str]]:
    """Return the way to the page that refits with the edits, once there are any."""
    changed = edit_log.state(run.data_digest).changed()
    label = f"Refit with the {screen_text.counted(changed, 'edit')}"
    return [(label, urls.address("retrain", **urls.query_state(test=test)))] if changed else []
