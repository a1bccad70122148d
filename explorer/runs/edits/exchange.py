"""Edits as CSV and JSON Lines: written with what another copy of the data needs to match them, read as a diff first."""

import csv
import io
import json
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from explorer.core.errors import ExplorerError, check_index, unknown
from explorer.core.files import writing
from explorer.datasets.pictures import NamedPictures
from explorer.runs.edits.change import IMAGES, check_text
from explorer.runs.edits.edit_log import AUTHOR, Change, Edit, check, in_force, live, write
from explorer.runs.run import Run

COLUMNS = ("side", "row", "train_index", "image", "file", "label", "action", "value", "author", "time")
# What spreadsheets take for the start of a formula (OWASP, "CSV Injection"), after any apostrophes of a text's own.
FORMULA = re.compile("'*[-=+@\t\r\n\uff0d\uff1d\uff0b\uff20]")


@dataclass(frozen=True)
class Diff:
    """What importing a file would do.

    Attributes:
        added: edits that would be written down, in order.
        already: edits of the file that are in force already.
        unmatched: ``(line, why)`` of those that cannot be used; the first line below the header is 1.
    """

    added: list[Edit] = field(default_factory=list)
    already: list[Edit] = field(default_factory=list)
    unmatched: list[tuple[int, str]] = field(default_factory=list)


def neutral(text: str) -> str:
    """Return a cell that no spreadsheet computes: an apostrophe stands before what could be a formula."""
    return f"'{text}" if FORMULA.match(text) else text


def restored(text: str) -> str:
    """Return what :func:`neutral` was given."""
    return text[1:] if text.startswith("'") and FORMULA.match(text) else text


def described(run: Run, edits: Iterable[Edit]) -> list[dict[str, Any]]:
    """Return each edit with ``COLUMNS``: the picture's row, content id, file and original label beside it."""
    return [_described(run, edit) for edit in edits]


def export_edits(run: Run, path: Path, form: str) -> int:
    """Write the edits in force as ``"jsonl"`` or ``"csv"`` and return how many.

    Edits that a later one replaces are left out. Cells that a spreadsheet would compute get an apostrophe, which the
    import takes away.

    Raises:
        ExplorerError: the file cannot be written.
    """
    lines = described(run, in_force(live(run.data_digest)))
    with writing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        if form == "jsonl":
            stream.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        else:
            table = csv.writer(stream)
            table.writerow(COLUMNS)
            table.writerows([neutral(_cell(line[column])) for column in COLUMNS] for line in lines)
    return len(lines)


def compare_edits(run: Run, path: Path, author: str = AUTHOR) -> Diff:
    """Return what importing a file would add, what is so already, and what cannot be matched; nothing is written.

    A picture is found by its content id (``image``), else by ``row``, ``train_index`` or ``file``.

    Args:
        run: whose data set is edited.
        path: CSV or JSON Lines; only ``action`` and one of the above are needed.
        author: of lines that name none.

    Raises:
        ExplorerError: the file cannot be read, or has no column ``action``.
    """
    known, diff = _ImageIndex(run), Diff()
    now = {edit.change.slot: edit.change for edit in in_force(live(run.data_digest))}
    for number, line in enumerate(read_lines(path), start=1):
        try:
            edit = _edit(known, line, author)
        except ExplorerError as error:
            diff.unmatched.append((number, str(error)))
            continue
        change = edit.change
        in_force_already = change.slot not in now if change.clears else now.get(change.slot) == change
        (diff.already if in_force_already else diff.added).append(edit)
        now[change.slot] = change
        if change.clears:
            del now[change.slot]
    return diff


def apply_edits(run: Run, diff: Diff) -> list[Edit]:
    """Write down what a diff adds, together, and return it."""
    return write(run.data_digest, diff.added)


def read_lines(path: Path) -> list[dict[str, str]]:
    """Return the lines of a CSV or JSON Lines file, cell by cell as text.

    Raises:
        ExplorerError: the file is not there, is no such file, or has no column ``action``.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
        lines = _from_json(text) if text.lstrip().startswith("{") else _from_csv(text)
    except OSError as error:
        raise ExplorerError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (ValueError, csv.Error, RecursionError) as error:
        raise ExplorerError(f"{path} is no CSV or JSON Lines in UTF-8 ({error}); export edits to see one.") from error
    if lines and not any("action" in line for line in lines):
        raise ExplorerError(f"{path} has no column 'action'; the columns are: {', '.join(COLUMNS)}.")
    return lines


@dataclass(frozen=True, eq=False)
class _ImageIndex:
    """A run's data set, looked up by content and by file."""

    run: Run

    @cached_property
    def rows(self) -> dict[tuple[str, str], list[int]]:
        """Rows by side and content id; exact duplicates share one."""
        rows_of: dict[tuple[str, str], list[int]] = {}
        for side in ("train", "test"):
            for row, image in enumerate(self.run.dataset.split(side).ids):
                rows_of.setdefault((side, image), []).append(row)
        return rows_of

    @cached_property
    def files(self) -> dict[tuple[str, str], int]:
        """Rows by side and file name."""
        sides = {side: len(self.run.dataset.split(side).labels) for side in ("train", "test")}
        return {(side, file_of(self.run, side, row)): row for side, size in sides.items() for row in range(size)}


def file_of(run: Run, side: str, row: int) -> str:
    """Return the name of a picture below the folder of its data set; empty where pictures have none."""
    pictures = run.dataset.split(side).pictures
    return pictures.name_of(row) if isinstance(pictures, NamedPictures) else ""


def _described(run: Run, edit: Edit) -> dict[str, Any]:
    change = edit.change
    split = run.dataset.split(change.side)
    return {
        "side": change.side,
        "row": change.row,
        "train_index": run.train_index(change.row) if change.side == "train" else None,
        "image": edit.image or split.ids[change.row],
        "file": file_of(run, change.side, change.row),
        "label": run.class_names[split.labels[change.row]],
        "action": change.action,
        "value": change.value,
        "author": edit.author,
        "time": datetime.fromtimestamp(edit.made, UTC).isoformat(),
    }


def _cell(value: Any) -> str:
    return "" if value is None else str(value)


def _from_csv(text: str) -> list[dict[str, str]]:
    head = text.partition("\n")[0]
    separator = ";" if head.count(";") > head.count(",") else ","  # what spreadsheets write in half of Europe
    table = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    return [{str(key).strip(): restored(value or "") for key, value in line.items() if key} for line in table]


def _from_json(text: str) -> list[dict[str, str]]:
    lines = [json.loads(line) for line in text.split("\n") if line.strip()]
    if not all(isinstance(line, dict) for line in lines):
        raise ValueError("a line is no JSON object")
    return [{key: _cell(value) for key, value in line.items()} for line in lines]


def _edit(known: _ImageIndex, line: dict[str, str], author: str) -> Edit:
    """Return the edit that a line stands for, matched with the data set.

    Raises:
        ExplorerError: why it cannot be used.
    """
    side = line.get("side") or "train"
    change = Change(side, 0, line.get("action", "").strip(), line.get("value", ""))
    check(change)
    if change.action == "relabel" and change.value not in known.run.class_names:
        raise unknown("class", change.value, known.run.class_names)
    row = _row(known, side, line)
    who = line.get("author", "").strip() or author
    check_text(who)
    return Edit(
        0, replace(change, row=row), known.run.dataset.split(side).ids[row], who, _seconds(line.get("time", ""))
    )


def _row(known: _ImageIndex, side: str, line: dict[str, str]) -> int:
    given = {key: line.get(key, "").strip() for key in ("image", "row", "train_index", "file")}
    kind = IMAGES[side]
    if given["image"]:
        return _by_content(known, side, given)
    if given["row"]:
        return check_index(kind, _number(given["row"]), len(known.run.dataset.split(side).labels))
    if given["train_index"] and side == "train":
        return known.run.picture_row("train", known.run.check_train(_number(given["train_index"])))
    if (side, given["file"]) in known.files and given["file"]:
        return known.files[side, given["file"]]
    if given["file"]:
        raise ExplorerError(f"There is no {kind} in a file {given['file']!r}.")
    raise ExplorerError("The line names no picture; give its image, row, train_index or file.")


def _by_content(known: _ImageIndex, side: str, given: dict[str, str]) -> int:
    rows = known.rows.get((side, given["image"]), [])
    named = [
        row
        for row in rows
        if str(row) == given["row"] or (given["file"] and file_of(known.run, side, row) == given["file"])
    ]
    if not rows:
        raise ExplorerError(f"No {IMAGES[side]} of this data set has the content {given['image']!r}.")
    if len(rows) > 1 and not named:
        raise ExplorerError(f"{len(rows)} images have the content {given['image']!r}; give the row of one of them.")
    return (named or rows)[0]


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise ExplorerError(f"{text!r} is no whole number.") from error


def _seconds(text: str) -> float:
    if not text.strip():
        return time.time()
    try:
        seconds = datetime.fromisoformat(text.strip()).timestamp()
        datetime.fromtimestamp(seconds, UTC)  # at the ends of the calendar a zone leads to a year that cannot be told
    except (ValueError, OverflowError) as error:
        raise ExplorerError(f"{text!r} is no time such as 2026-01-31T12:00:00+00:00.") from error
    return seconds
