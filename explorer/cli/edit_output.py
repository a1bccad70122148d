"""What the commands of ``edit`` share: recording one action for some images, and edits as lines or JSON."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from explorer.cli.output import indices, show
from explorer.core.errors import ExplorerError
from explorer.core.phrases import counted

if TYPE_CHECKING:
    from explorer.runs.edits.edit_log import Edit
    from explorer.runs.run import Run


def record(
    name: str,
    images: str,
    action: str,
    value: str,
    author: str | None,
    as_json: bool,
    side: str = "train",
    spare: bool = False,
) -> None:
    """Record one action for some images of a run; with ``spare``, those whose label is confirmed are named and stay."""
    from explorer.runs.edits.actions import confirmed
    from explorer.runs.edits.edit_log import AUTHOR, Change, record_edits, state
    from explorer.runs.store import open_run

    run = open_run(name)
    checked = [run.check(side, index) for index in indices(images, f"--{side}")]
    spared = confirmed(run, checked, state(run.data_digest)) if spare else []
    changes = [
        Change(side, run.picture_row(side, index), action, value) for index in checked if index not in set(spared)
    ]
    if not changes:
        raise ExplorerError(f"{_stays(spared)} Nothing was changed.")
    edits = record_edits(run, changes, AUTHOR if author is None else author)
    show_edits(
        run, "edits", edits, as_json, {"confirmed": spared} if spared else {}, [_stays(spared)] if spared else []
    )


def _stays(spared: Sequence[int]) -> str:
    """Return which images stay as they are because their labels are confirmed, and how they would not."""
    from explorer.runs.edits.actions import named

    return f"Left as confirmed: {named(spared)}; --also-confirmed takes what is confirmed too."


def show_edits(
    run: "Run",
    key: str,
    edits: "Sequence[Edit]",
    as_json: bool,
    more: dict[str, Any] = {},
    remarks: Sequence[str] = (),
    with_ids: bool = False,
) -> None:
    """Print edits; ``more`` stands beside them in JSON, ``remarks`` below them in text."""
    from explorer.runs.edits.exchange import described

    found = described(run, edits)
    lines = [f"{each.id}: {line(told)}" for each, told in zip(edits, found, strict=True)]
    if with_ids:
        found = [{"id": each.id} | told for each, told in zip(edits, found, strict=True)]
    show({key: found} | more, as_json, [*lines, counted(len(found), "decision") + ".", *remarks])


def line(told: dict[str, Any]) -> str:
    """Return one edit as a person reads it."""
    image = told["row"] if told["train_index"] is None else told["train_index"]
    return (
        f"{told['side']} {image} ({told['label']}): {told['action']} {told['value']}".rstrip()
        + f"  {told['author']}, {datetime.fromisoformat(told['time']).astimezone():%Y-%m-%d %H:%M}"
    )
