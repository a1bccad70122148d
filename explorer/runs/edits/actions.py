"""The actions on images that write to the edit log: decide on training images, trust a test image, undo, redo.

Actions are idempotent: a browser gives each its own key, and one that is sent twice (a lost answer, a reload) is done once.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

from explorer.core.errors import ExplorerError, unknown
from explorer.runs import store
from explorer.runs.edits import edit_log
from explorer.runs.edits.change import AWAY
from explorer.runs.edits.edit_log import Change, Edit, State
from explorer.runs.run import Run

# Actions on many images that also take those whose label somebody confirmed, and what they then do.
TOO = {"exclude-confirmed": "exclude", "relabel-confirmed": "relabel"}
ACTIONS = ("relabel", "exclude", "keep", *TOO, "tag", "note", "trust", "undo", "redo", "take-back")
# What stands under a picture whose label somebody confirmed.
CONFIRMED = "confirmed"
# Images that a sentence names one by one; of more it says how many.
NAMED = 5
# Answers kept for browsers that ask again; one is 300 bytes, and a browser asks again within seconds.
REMEMBERED = 10_000
_answers: OrderedDict[str, "Answer"] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True)
class Answer:
    """What became of an action.

    Attributes:
        id: the action's name in the browser.
        text: what the screen says; where nothing was done, why.
        done: False where it failed and may be tried again.
        row: training image that the action was about, where it is one.
        spared: training images that it left as they are, because their labels were confirmed.
    """

    id: str
    text: str
    done: bool
    row: int | None = None
    spared: tuple[int, ...] = ()


def perform(message: Any, open_run: Callable[[str], Run]) -> list[Answer]:
    """Do what a browser's message asks for, each action once, and return the answer to each.

    Args:
        message: ``{"items": [{"id", "run", "action", "rows", "value"}]}``; whatever else is refused.
        open_run: returns the run of an id.

    Raises:
        ExplorerError: it is no list of actions.
    """
    items = message.get("items") if isinstance(message, Mapping) else None
    if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
        raise ExplorerError("The browser's message cannot be read; load the page again.")
    with _lock:
        return [_answered(item, open_run) for item in items]


def _answered(item: Mapping[str, Any], open_run: Callable[[str], Run]) -> Answer:
    name = str(item.get("id"))[:40]
    before = _answers.get(name)
    if before and before.done:
        return before
    try:
        text, row = _act(item, open_run)
        answer = Answer(name, text, True, row, _spared(item, open_run))
    except ExplorerError as error:
        answer = Answer(name, str(error), False)
    _answers[name] = answer
    if len(_answers) > REMEMBERED:
        _answers.popitem(last=False)
    return answer


def _spared(item: Mapping[str, Any], open_run: Callable[[str], Run]) -> tuple[int, ...]:
    """Return the images that an action on many, which was done now, left as they are."""
    rows = item["rows"]
    if item.get("action") not in TOO.values() or len(rows) == 1:
        return ()
    run = open_run(store.resolve(str(item.get("run"))))
    return tuple(confirmed(run, rows, edit_log.state(run.data_digest)))


def _act(item: Mapping[str, Any], open_run: Callable[[str], Run]) -> tuple[str, int | None]:
    run_id, rows, value = str(item.get("run")), item.get("rows"), item.get("value", "")
    side = str(item.get("side", "train"))
    if not isinstance(rows, list) or not all(type(row) is int for row in rows) or not isinstance(value, str):
        raise ExplorerError("The browser's message names no images; load the page again.")
    return act(open_run(store.resolve(run_id)), str(item.get("action")), rows, value, side)


def act(
    run: Run, action: str, rows: Sequence[int] = (), value: str = "", side: str = "train"
) -> tuple[str, int | None]:
    """Do one action and return what the screen says and the training image that it is about.

    When this returns, the disk has the edits. Of several images that are relabelled or excluded together, those whose label
    somebody confirmed stay as they are, unless the action is one of ``TOO``.

    Args:
        run: whose images are named.
        action: one of ``ACTIONS``.
        rows: training images; test images for ``trust``; images of ``side`` for ``tag`` and ``note``; ids of edits for ``take-back``; none for ``undo`` and ``redo``.
        value: the class for ``relabel``; the tag for ``tag``; the note for ``note``; ``-`` ends ``trust``; for ``undo`` the step that the screen promised to take back.
        side: of the images that get a tag or a note.

    Raises:
        ExplorerError: there is no such action, image or class, or the disk refuses.
    """
    digest = run.data_digest
    if action == "undo":
        return _undo(run, value)
    if action == "redo":
        return _taken(run, edit_log.redo_step(digest, edit_log.AUTHOR), "Done again", "There is nothing to do again.")
    if action == "take-back":
        taken = edit_log.take_back(digest, set(rows), edit_log.AUTHOR)
        return _taken(run, taken, "Taken back", "It is taken back already.")
    if action == "trust":
        return _trust(run, rows, value), None
    if action in ("tag", "note"):
        return _say(run, side, rows, action, value.strip()), None
    if action not in ACTIONS:
        raise unknown("action", action[:40], list(ACTIONS))
    return _decide(run, TOO.get(action, action), rows, value, action in TOO or len(rows) == 1)


def _decide(run: Run, action: str, rows: Sequence[int], value: str, confirmed_too: bool) -> tuple[str, int | None]:
    """Write decisions that are not in force already."""
    if action == "relabel":
        run.class_index(value)
    state = edit_log.state(run.data_digest)
    safe = set() if confirmed_too or action == "keep" else set(confirmed(run, rows, state))
    wanted = [_change(run, state, action, run.check_train(row), value) for row in rows if row not in safe]
    new = [change for change in wanted if not in_force(state, change)]
    row = rows[0] if len(rows) == 1 else None
    if new:
        edit_log.record_edits(run, new)
        said = f"Saved: {describe_changes(run, new)}."
    else:
        said = f"Already so: {describe_changes(run, wanted)}." if wanted else "Nothing was changed."
    return said + (
        f" Left as they are, because their labels were confirmed: {named(sorted(safe))}." if safe else ""
    ), row


def confirmed(run: Run, rows: Iterable[int], state: State) -> list[int]:
    """Return those of some training images whose label somebody confirmed."""
    return [row for row in rows if run.picture_row("train", run.check_train(row)) in state.kept]


def named(rows: Sequence[int]) -> str:
    """Return training images in words: ``image 3``, ``images 3 and 5``, ``images 1, 2, 3, 4, 5 and 7 more``."""
    if len(rows) > NAMED:
        return f"images {', '.join(map(str, rows[:NAMED]))} and {len(rows) - NAMED:,} more"
    listed = " and ".join(part for part in (", ".join(map(str, rows[:-1])), str(rows[-1])) if part)
    return f"image{'s' if len(rows) > 1 else ''} {listed}"


def _undo(run: Run, promised: str) -> tuple[str, int | None]:
    """Take the latest step back, unless the screen promised to take back another one."""
    latest = edit_log.latest_step(run.data_digest, edit_log.AUTHOR)
    if promised and latest and str(latest[0].step) != promised:
        now = describe_changes(run, [edit.change for edit in latest])
        return (
            f"Nothing was taken back: your latest decision is another one by now ({now}). Undo takes that back.",
            None,
        )
    taken = edit_log.undo_step(run.data_digest, edit_log.AUTHOR)
    return _taken(run, taken, "Undone", "There is nothing of yours to undo.")


def _change(run: Run, state: State, action: str, row: int, value: str) -> Change:
    """Return the change of a training image; relabelling it to its own label is keeping that.

    In an edited run the label that is shown may be a person's own: to keep it is to keep their relabelling.
    """
    picture, shown = run.picture_row("train", row), run.class_names[run.train_labels[row]]
    if action == "relabel" and value == own_label(run, row):
        return Change("train", picture, "keep")
    if action == "keep" and shown != own_label(run, row) and state.labels.get(picture) == shown:
        return Change("train", picture, "relabel", shown)
    return Change("train", picture, action, value if action == "relabel" else "")


def own_label(run: Run, row: int) -> str:
    """Return the label that a training image has in the data set, before any edit."""
    if not run.manifest.base:
        return run.class_names[run.train_labels[row]]
    return run.class_names[run.dataset.train.labels[run.picture_row("train", row)]]


def in_force(state: State, change: Change) -> bool:
    """Return whether a decision says what stands already."""
    if change.action == "relabel":
        return state.labels.get(change.row) == change.value
    return change.row in (state.excluded if change.action == "exclude" else state.kept)


def decision(state: State, row: int) -> str:
    """Return what was decided on a picture, in words; nothing where nothing was.

    Args:
        row: of the data set's training split.
    """
    if row in state.labels:
        return f"→ {state.labels[row]}"
    return "excluded" if row in state.excluded else CONFIRMED if row in state.kept else ""


def _trust(run: Run, rows: Sequence[int], value: str) -> str:
    digest, changes = run.data_digest, [Change("test", run.check_test(row), "trust", value) for row in rows]
    trusted = edit_log.state(digest).trusted
    new = [change for change in changes if (change.row in trusted) == change.clears]
    edit_log.record_edits(run, new)
    return f"{'Saved' if new else 'Already so'}: {describe_changes(run, changes)}."


def _say(run: Run, side: str, rows: Sequence[int], action: str, value: str) -> str:
    """Give a tag, or a note in place of another, to images of a side that do not have it yet."""
    if side not in ("train", "test"):
        raise unknown("side", side[:40], ["train", "test"])
    state = edit_log.state(run.data_digest)
    tags, notes = (state.tags, state.notes) if side == "train" else (state.test_tags, state.test_notes)
    wanted = [Change(side, run.picture_row(side, run.check(side, row)), action, value) for row in rows]
    said = {
        change.row: tags.get(change.row, ()) if action == "tag" else (notes.get(change.row, ""),) for change in wanted
    }
    new = [change for change in wanted if value not in said[change.row]]
    edit_log.record_edits(run, new)
    return f"{'Saved' if new else 'Already so'}: {describe_changes(run, new or wanted)}."


def _taken(run: Run, edits: list[Edit], verb: str, nothing: str) -> tuple[str, int | None]:
    if not edits:
        return nothing, None
    changes = [edit.change for edit in edits]
    row = run.train_index(changes[0].row) if changes[0].side == "train" else None
    return f"{verb}: {describe_changes(run, changes)}.", row


def describe_changes(run: Run, changes: Sequence[Change]) -> str:
    """Return changes in words: ``image 84 relabelled dog``, ``24 images excluded``, ``2 images excluded, 1 test image trusted``."""
    kinds: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        kinds.setdefault((change.side, _verb(change)), []).append(change)
    return ", ".join(_described(run, alike) for alike in kinds.values())


def _described(run: Run, changes: Sequence[Change]) -> str:
    first = changes[0]
    if first.side == "train":
        at = run.train_index(first.row)
        one = f"picture {first.row}" if at is None else f"image {at}"
        many = f"{len(changes):,} images"
    else:
        one, many = f"test image {first.row}", f"{len(changes):,} test images"
    return f"{one if len(changes) == 1 else many} {_verb(first)}"


def _verb(change: Change) -> str:
    words = {
        "relabel": f"relabelled {change.value}",
        "exclude": "excluded",
        "keep": "confirmed, the label is right",
        "trust": "no longer trusted" if change.value == AWAY else "trusted",
        "tag": f"no longer tagged {change.value[1:]}" if change.clears else f"tagged {change.value}",
        "note": "noted" if change.value else "no longer noted",
    }
    return words[change.action]
