"""The classes that a check found, each with its numbers and three small pictures."""

from collections.abc import Mapping
from typing import Any, Literal, TypedDict

from explorer.app.check_routes import samples_of
from explorer.runs.build import preflight_store, preflight_summary

COLUMNS = ("Class", "Training", "Test", "Such as")


class FoundClass(TypedDict):
    """A class: its name, its numbers of pictures, and the addresses of some."""

    name: str
    words: list[str]
    pictures: list[str]


class ClassesBlock(TypedDict):
    """The classes of a data set."""

    kind: Literal["classes"]
    columns: list[str]
    rows: list[FoundClass]


def classes_block(key: str, report: Mapping[str, Any]) -> ClassesBlock:
    """Return the classes of a check; its pictures come when they are looked at."""
    changed = preflight_store.modified(key)
    samples = samples_of(key, changed)
    rows: list[FoundClass] = []
    for label, (name, *words) in enumerate(preflight_summary.classes(report)):
        count = len(samples[label]) if label < len(samples) else 0
        shown = [f"/checked/{key}/{label}/{place}?{changed}" for place in range(count)]
        rows.append({"name": name, "words": words, "pictures": shown})
    return {"kind": "classes", "columns": list(COLUMNS), "rows": rows}
