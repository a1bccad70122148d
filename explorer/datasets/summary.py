"""Summary of a data set as JSON: how it was understood, images of each class and side, what is left out, what is doubtful."""

from dataclasses import asdict
from typing import Any

import numpy as np

from explorer.datasets.assembly import LEFT_OUT
from explorer.datasets.base import Dataset
from explorer.datasets.doubts.reading import some

_SIDES = ("train", "test")
# Facts of the data that their reading says better.
SAID = ("split", "skipped files", LEFT_OUT)


def summarise(dataset: Dataset) -> dict[str, Any]:
    """Return how a data set was understood: layout, classes and sides with their numbers, what is left out, what is doubtful."""
    sides = {side: np.bincount(dataset.split(side).labels, minlength=len(dataset.class_names)) for side in _SIDES}
    return {
        "dataset": dataset.name,
        "title": dataset.title,
        "digest": dataset.digest,
        "classes": {
            label: {side: int(sides[side][row]) for side in _SIDES} for row, label in enumerate(dataset.class_names)
        },
        "notice": dataset.notice,
        "facts": dataset.facts,
        "skipped": [{"file": one.file, "reason": one.reason} for one in dataset.skipped],
        "layout": dataset.layout or "a data set that this program knows by name",
        "splits": {
            side: {"pictures": int(sides[side].sum()), "from": dataset.origins.get(side, "as published")}
            for side in _SIDES
        },
        "left_out": [asdict(one) for one in (*dataset.left_out, *dataset.skipped)],
        "warnings": list(dataset.warnings),
        "choices": [offer.to_dict() for offer in dataset.offers],
    }


def understood(found: dict[str, Any]) -> list[str]:
    """Return lines on how data were understood: the layout, and each side with its number and where it comes from."""
    sides = [f"{side}: {each['pictures']:,} pictures, {each['from']}" for side, each in found["splits"].items()]
    return [f"read as: {found['layout']}", *sides]


def left_out(found: dict[str, Any]) -> list[str]:
    """Return a line for each file or folder that is left out."""
    return [f"left out: {one['file']}{_many(one['pictures'])}: {one['reason']}" for one in found["left_out"]]


def doubtful(found: dict[str, Any]) -> list[str]:
    """Return a line for each doubt in the reading."""
    return [f"doubtful: {sentence}" for sentence in found["warnings"]]


def choosable(found: dict[str, Any]) -> list[str]:
    """Return a line for each choice that there is, with the option that makes it; none for reports of earlier versions."""
    return [_choosable(offer) for offer in found.get("choices", ())]


def _choosable(offer: dict[str, Any]) -> str:
    others = [f"--read {offer['key']}={name}" for name in offer["values"] if name != offer["taken"]]
    taken = f"{offer['key']}={offer['taken']} is read" if offer["taken"] else f"no {offer['key']} is read"
    return f"to choose: {taken}; {some(others)}"


def _many(pictures: int) -> str:
    return f" ({pictures:,} pictures)" if pictures > 1 else ""
