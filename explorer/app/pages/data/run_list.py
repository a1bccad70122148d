"""The list of runs: accuracy, date, size on disk and data of each, with the way to rename or delete it."""

import time
from typing import Literal, TypedDict

from explorer.app import screen_text, urls
from explorer.core.files import megabytes
from explorer.runs.upkeep import KnownRun, known_runs

COLUMNS = ("Run", "Data set", "Network", "Training images", "Accuracy", "Made", "On disk")


class RunRow(TypedDict):
    """A run: its name and address, the words of the further columns, what each column is sorted by, and where it is changed."""

    name: str
    href: str
    open: bool
    words: list[str]
    keys: list[str | float]
    manage: str


class RunsBlock(TypedDict):
    """The list of runs; columns are sorted, and the list searched, in the browser."""

    kind: Literal["runs"]
    columns: list[str]
    rows: list[RunRow]


def run_list(current: str) -> RunsBlock:
    """Return the list of the runs that a menu offers; ``current`` is the id of the one that is open."""
    known = known_runs(urls.run_names())
    return {"kind": "runs", "columns": list(COLUMNS), "rows": [_row(each, current) for each in known]}


def _row(run: KnownRun, current: str) -> RunRow:
    manifest = run.manifest
    made = time.strftime("%Y-%m-%d %H:%M", time.localtime(run.made))
    words = [
        manifest.title,
        manifest.backbone,
        f"{manifest.n_train:,}",
        screen_text.percent(manifest.accuracy),
        made,
    ]
    keys: list[str | float] = [run.name, manifest.title, manifest.backbone, manifest.n_train, manifest.accuracy]
    return {
        "name": run.name,
        "href": urls.address("", run=run.name),
        "open": manifest.run_id == current,
        "words": [*words, megabytes(run.size)],
        "keys": [*keys, run.made, run.size],
        "manage": urls.address("data", **urls.query_state(manage=run.name)),
    }
