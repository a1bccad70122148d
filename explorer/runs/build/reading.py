"""How the data of a run were understood: kept in its manifest, and said in one or two lines wherever the run is described."""

from collections.abc import Mapping
from typing import Any

from explorer.core.phrases import counted
from explorer.datasets import Dataset

SIDES = {"train": "for training", "test": "for testing"}


def reading_of(dataset: Dataset) -> dict[str, Any]:
    """Return what the manifest of a run keeps; nothing for data that this program knows by name.

    ``warnings`` are the doubts that a person confirmed: without that there would be no run.
    """
    if not dataset.layout:
        return {}
    folders = sum(one.pictures for one in dataset.left_out)
    return {
        "layout": dataset.layout,
        "origins": dict(dataset.origins),
        "left_out": {"files": len(dataset.skipped), "folders": len(dataset.left_out), "files_of_folders": folders},
        "warnings": list(dataset.warnings),
    }


def reading_lines(reading: Mapping[str, Any]) -> dict[str, str]:
    """Return the lines that state a reading, by their names; none for a run of an earlier version."""
    if not reading:
        return {}
    said = [reading["layout"], *_sides(reading["origins"]), _gone(reading["left_out"])]
    doubts = {"Confirmed, though doubtful": " ".join(reading["warnings"])} if reading["warnings"] else {}
    return {"Read as": "; ".join(part for part in said if part)} | doubts


def _sides(origins: Mapping[str, str]) -> list[str]:
    """Return where each side comes from; once where both come from the same."""
    if len({*origins.values()}) == 1:
        return [f"both sides {next(iter(origins.values()))}"]
    return [f"{SIDES.get(side, side)} {words}" for side, words in origins.items()]


def _gone(left_out: Mapping[str, int]) -> str:
    parts = []
    if left_out["folders"]:
        parts.append(f"{counted(left_out['folders'], 'folder')} with {counted(left_out['files_of_folders'], 'file')}")
    if left_out["files"]:
        parts.append(counted(left_out["files"], "file" if not parts else "further file"))
    return f"left out: {' and '.join(parts)}" if parts else ""
