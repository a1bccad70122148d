"""Actions at hand where an image stands: quiet buttons whose clicks are written down before the screen says so."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, TypedDict

import numpy as np

from explorer.app import backend, screen_text, urls
from explorer.app.components.image_actions import hearing
from explorer.core.captions import Answer
from explorer.runs.edits import actions, edit_log, refit
from explorer.runs.results.explanation import Explanation
from explorer.runs.run import Run

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
    """Buttons that write edits of a run, links, and answers to what this browser asked for.

    ``waits`` says why the buttons cannot be pressed yet; it is empty where they can.
    """

    kind: Literal["acts"]
    run: str
    label: str
    waits: str
    buttons: list[ActButton]
    links: list[Way]
    answers: list[Annotated[dict[str, Any], actions.Answer]]


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
        "waits": "",
        "buttons": list(buttons),
        "links": links,
        "answers": hearing.answers(),
    }


def on_explanation(run: Run, explanation: Explanation, *ways: tuple[str, str]) -> ActsBlock:
    """Return what can be done about a prediction: exclude who misled it, trust its label, then refit; and other ways on."""
    state = edit_log.state(run.data_digest)
    harmful = [entry.train_index for entry in explanation.harmful]
    against = Answer(
        explanation.target, explanation.label, explanation.predicted, list(explanation.probabilities)
    ).sides()[1]
    trusted = explanation.index in state.trusted
    buttons = excluding(run, f"Exclude the {len(harmful):,} that {against[2:]}", harmful) if harmful else []
    buttons += [button("I trust this label", "trust", [explanation.index], "-" if trusted else "", trusted)]
    return acts(run, "What can be done about it", [*buttons, *undo(run)], *_refit(run, explanation.index), quiet=ways)


def excluding(run: Run, label: str, rows: Sequence[int]) -> list[ActButton]:
    """Return the button that excludes several training images together.

    Where somebody confirmed the labels of some, it leaves these alone, and a second button names them and takes them too.
    """
    return on_many(run, label, "exclude", rows)


def on_many(run: Run, label: str, action: str, rows: Sequence[int], value: str = "") -> list[ActButton]:
    """Return the button that excludes or relabels several training images, and the one that takes confirmed ones too.

    Args:
        run: whose images they are.
        label: what the button does with all of them.
        action: ``exclude`` or ``relabel``.
        rows: training images.
        value: the class for ``relabel``.
    """
    state = edit_log.state(run.data_digest)
    safe = actions.confirmed(run, rows, state)
    others = [int(row) for row in rows if row not in set(safe)]
    buttons = [button(label, action, others, value, bool(others) and _all_so(run, state, action, others, value))]
    if not safe:
        return buttons
    names = actions.named(safe)
    if others:
        buttons[0] |= {
            "label": f"{label}, but not {names}",
            "said": f"{label}; {names}, whose label is confirmed, stays",
        }
    also = button(f"{label}, also {names}, confirmed", f"{action}-confirmed", rows, value)
    return [*(buttons if others else []), also]


def _all_so(run: Run, state: edit_log.State, action: str, rows: Sequence[int], value: str) -> bool:
    changes = [edit_log.Change("train", run.picture_row("train", row), action, value) for row in rows]
    return all(actions.in_force(state, change) for change in changes)


def on_image(run: Run, row: int) -> ActsBlock:
    """Return what can be done about a training image: other labels, exclude, confirm."""
    state, picture = edit_log.state(run.data_digest), run.picture_row("train", row)
    label, now = run.class_names[run.train_labels[row]], state.labels.get(picture)
    likeliest = [run.class_names[other] for other in np.argsort(-run.head.train_probabilities[row], kind="stable")]
    others = [name for name in likeliest if name != label][:OTHERS]
    buttons = [button(f"Relabel to {name}", "relabel", [row], name, now == name) for name in others]
    buttons += [button("Exclude this image", "exclude", [row], on=picture in state.excluded)]
    buttons += [button(f"Confirm: {label} is right", "keep", [row], on=picture in state.kept)]
    ways = [("Open it in the review queue", urls.address("suspects", **urls.query_state(train=row)))]
    return acts(run, "What can be done about it", [*buttons, *undo(run)], *ways, *_refit(run))


def undo(run: Run) -> list[ActButton]:
    """Return the button that takes a person's latest decision back, which says what that is; none where there is nothing."""
    latest = edit_log.latest_step(run.data_digest, edit_log.AUTHOR)
    return [_step("Undo", "undo", run, latest, str(latest[0].step))] if latest else []


def redo(run: Run) -> list[ActButton]:
    """Return the button that puts in force again what was taken back last; none where there is nothing."""
    undone = edit_log.latest_undone(run.data_digest, edit_log.AUTHOR)
    return [_step("Redo", "redo", run, undone, "")] if undone else []


def _step(verb: str, action: str, run: Run, edits: Sequence[edit_log.Edit], value: str) -> ActButton:
    return button(f"{verb}: {actions.describe_changes(run, [edit.change for edit in edits])}", action, [], value)


def _refit(run: Run, test: int | None = None) -> list[tuple[str, str]]:
    """Return the link that refits with the changes, once there are any.

    It names the run that the refit makes, the hash of these very changes: followed twice, it makes nothing new.
    """
    changed = edit_log.state(run.data_digest).changed()
    if not changed:
        return []
    made = refit.edited_id(backend.run(run.manifest.base or run.id))
    label = f"Refit with the {screen_text.counted(changed, 'change')}"
    return [(label, urls.address("retrain", **urls.query_state(test=test, refit=made)))]
