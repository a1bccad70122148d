"""Choice of the tool that wrote an export: a file of its own, or the file that tells it in a folder."""

import csv
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from explorer.core.errors import ExplorerError
from explorer.core.progress import Progress
from explorer.datasets.assembly import assemble
from explorer.datasets.base import Dataset
from explorer.datasets.choices import NO_CHOICES, Choices
from explorer.datasets.file_tree import FileTree
from explorer.datasets.readers.base import DatasetFolder
from explorer.datasets.readers.containers.sides import side_of
from explorer.datasets.readers.tools import coco_classes, cvat, fiftyone_export, label_studio, roboflow
from explorer.datasets.readers.tools.references import Export, Labelled, listing_of

# JSON takes ten times its size in memory; an export of half a million tasks has about so many bytes.
MOST_BYTES = 96 * 2**20
# One of these stands near the start of every export that is read.
SIGNS = ('"annotations"', '"completions"', '"annotation_id"', '"labels"', '"samples"', '"items"', '"images"')
# What tools call the file that they export into the folder of a side.
OF_A_SIDE = ("labels.json", "samples.json", "annotations.xml", "result.json")
# Files of a folder that are looked at for an export.
MOST_FILES = 20
# Files that tell a tool whose exports are no labels of whole pictures, or are not read: the key that they hold, and the sentence.
ELSEWHERE: dict[str, str] = {
    "_via_img_metadata": "a project of the VGG Image Annotator, which marks parts of pictures; export a CSV of path and label",
    "data_row": "an export of Labelbox; write its classifications as a CSV of path and label",
    "externalId": "an export of Labelbox; write its classifications as a CSV of path and label",
    "tagGroups": "an export of Supervisely; write its tags as a CSV of path and label",
    "bbox": "a set for object detection (COCO); this program explains labels of whole pictures: give one label a picture",
    "shapes": "a file of LabelMe, which marks parts of pictures; give a CSV of path and label",
}


@dataclass(frozen=True)
class ExportFile:
    """One file that a labelling tool exported.

    Attributes:
        path: of it; its pictures lie below its folder.
        root: the folder of the pictures, where that is another.
        title: of the data set.
        export: what it says, by the question whose answers are the labels; chosen where empty.
        choices: of a person, about that question.
    """

    path: Path
    root: Path
    title: str
    export: Callable[[str], Export]
    choices: Choices = NO_CHOICES
    chooses: ClassVar[frozenset[str]] = frozenset(("label",))

    def open(self, progress: Progress) -> Dataset:
        """Return the data set.

        Raises:
            ExplorerError: the export cannot be read, or no picture of it is found.
        """
        progress("Reading the export", 0, 1)
        name = f"{self.path}{self.choices.written}"
        return assemble(
            listing_of(_asked(self.export, self.choices.label), FileTree(self.root), name, self.title), progress
        )


def _asked(export: Callable[[str], Export], label: str) -> Export:
    """Return what an export says where its labels answer a question that a person may have chosen.

    Raises:
        ExplorerError: it cannot be read, or has no such question.
    """
    found = export(label)
    if label and label not in found.questions:
        raise ExplorerError(f"{found.tool} leaves nothing to choose by label={label}; give it without that.")
    return found


@dataclass(frozen=True)
class ExportFolder(DatasetFolder):
    """A folder that holds an export of a labelling tool, with its pictures."""

    chooses = ExportFile.chooses

    def matches(self) -> bool:
        """Return whether a file in it tells the tool."""
        return self.export is not None

    def open(self, progress: Progress) -> Dataset:
        """Return the data set; raises as :meth:`ExportFile.open`."""
        assert self.export is not None
        tree = FileTree(self.path, list(self.refused))
        export = _asked(self.export, self.choices.label)
        return assemble(listing_of(export, tree, self.name or str(self.path), self.title or self.path.name), progress)

    @cached_property
    def export(self) -> Callable[[str], Export] | None:
        """What the folder's export says, by question; None where there is none."""
        if roboflow.classes_files(self.path):
            return lambda _: roboflow.roboflow_export(self.path)
        parts = [_datumaro(path) for path in sorted((self.path / "annotations").glob("*.json"))[:MOST_FILES]]
        if parts and all(parts):
            return lambda _: _joined([part for part in parts if part])
        if parts := [part for path in coco_classes.classes_files(self.path) if (part := _coco(path))]:
            return lambda _: _joined(parts)
        found = [said for path in _candidates(self.path) if (said := export_in(path))]
        return found[0] if found else _by_sides(self.path)


def _candidates(folder: Path) -> list[Path]:
    files = [path for ending in (".json", ".csv", ".tsv", ".xml") for path in sorted(folder.glob(f"*{ending}"))]
    return [path for path in files if path.is_file() and not path.is_symlink()][:MOST_FILES]


def _by_sides(root: Path) -> Callable[[str], Export] | None:
    """Return what reads the exports that lie in folders named as sides, one in each; None where fewer than two do."""
    places = [path for name in OF_A_SIDE for path in sorted(root.glob(f"*/{name}")) if side_of(path.parent.name)]
    found = {path.parent.name: said for path in reversed(places) if not path.is_symlink() and (said := export_in(path))}

    def joined(label: str) -> Export:
        first, *others = found
        parts = {first: found[first](label)}
        parts |= {folder: found[folder](parts[first].taken) for folder in others}
        return _joined([_placed(part, folder) for folder, part in parts.items()])

    return joined if len(found) > 1 else None


def _placed(export: Export, folder: str) -> Export:
    """Return an export whose pictures lie in the folder of a side."""
    pictures = [Labelled(f"{folder}/{one.reference}", one.label, side_of(folder)) for one in export.pictures]
    return replace(export, pictures=pictures)


def export_in(path: Path) -> Callable[[str], Export] | None:
    """Return what reads a file, where a labelling tool wrote it; else None."""
    ending = path.suffix.lower()
    if ending == ".xml":
        return (lambda _: cvat.cvat_export(path)) if cvat.is_cvat(path) else None
    if ending in (".csv", ".tsv"):
        rows = _table(path, 1)
        return (
            (lambda label: label_studio.export_of(_table(path), ending[1:].upper(), label))
            if rows and label_studio.is_row(rows[0])
            else None
        )
    content = _json(path)
    if label_studio.is_tasks(content):
        return lambda label: label_studio.export_of(content, label=label)
    if fiftyone_export.is_classification(content):
        return lambda _: fiftyone_export.classification(content)
    if fiftyone_export.is_samples(content):
        return lambda label: fiftyone_export.samples(content, label)
    if cvat.is_datumaro(content):
        return lambda _: cvat.datumaro_export(content, side_of(path.stem))
    if coco_classes.is_classes(content):
        return lambda _: coco_classes.coco_classes(content, "")
    return None


def export_file(path: Path, root: Path, title: str) -> ExportFile:
    """Return the reader of a file that a labelling tool wrote.

    Raises:
        ExplorerError: no tool that is known did; the sentence names the one that did, where it shows.
    """
    export = export_in(path)
    if export is None:
        raise ExplorerError(f"{path} is {elsewhere(path)}.")
    return ExportFile(Path(os.path.realpath(path)), root, title, export)


def elsewhere(path: Path) -> str:
    """Return what a file is that is no export which is read, and the way in."""
    start = _start(path)
    if path.stat().st_size > MOST_BYTES:
        return f"larger than the {MOST_BYTES // 2**20} MB that are read of an export; export it in parts, or give a CSV of path and label"
    for key, said in ELSEWHERE.items():
        if f'"{key}"' in start:
            return said
    return "no export that is known; Label Studio's (JSON, JSON-MIN, CSV), FiftyOne's (labels.json, samples.json), CVAT's (annotations.xml) and Datumaro's are read, or give a CSV of path and label"


def _start(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return stream.read(2**16).decode("utf-8", "replace")
    except OSError:
        return ""


def _json(path: Path) -> Any:
    """Return the content of a JSON file; None where it is none, or too large."""
    if not any(sign in _start(path) for sign in SIGNS):
        return None
    try:
        return json.loads(path.read_bytes()) if path.stat().st_size <= MOST_BYTES else None
    except (OSError, ValueError, RecursionError):
        return None


def _table(path: Path, rows: int | None = None) -> list[dict[str, Any]]:
    """Return the rows of a table; none where it is none."""
    separator = "\t" if path.suffix.lower() == ".tsv" else ","
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            table = csv.DictReader(stream, delimiter=separator)
            return [row for _, row in zip(range(rows), table, strict=False)] if rows else list(table)
    except (OSError, ValueError, csv.Error):
        return []


def _datumaro(path: Path) -> Export | None:
    content = _json(path)
    return cvat.datumaro_export(content, side_of(path.stem)) if cvat.is_datumaro(content) else None


def _coco(path: Path) -> Export | None:
    content = _json(path)
    return coco_classes.coco_classes(content, side_of(path.stem)) if coco_classes.is_classes(content) else None


def _joined(parts: list[Export]) -> Export:
    names = sorted({name for part in parts for name in part.names})
    pictures = [one for part in parts for one in part.pictures]
    if len(parts) > 1 and not all(one.side for one in pictures):
        pictures = [one._replace(side="") for one in pictures]
    doubts = list(dict.fromkeys(doubt for part in parts for doubt in part.doubts))
    return replace(parts[0], pictures=pictures, names=names, doubts=doubts)
