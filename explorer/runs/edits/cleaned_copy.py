"""A cleaned copy of a data set in ImageFolder layout: relabelled pictures in their new class, excluded ones left out."""

import os
import shutil
import uuid
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from explorer.core import home
from explorer.core.errors import ExplorerError, unknown
from explorer.core.files import readable_errors
from explorer.core.progress import Progress, silent
from explorer.datasets.file_tree import allow_links
from explorer.datasets.pictures import FilePictures, Pictures
from explorer.runs.edits.edit_log import state
from explorer.runs.edits.exchange import file_of
from explorer.runs.run import Run

STAGE = "Writing the cleaned copy"


@dataclass(frozen=True)
class CopiedPicture:
    """One picture of the copy.

    Attributes:
        side: ``"train"`` or ``"test"``.
        row: of that split.
        label: the name of its class now.
        moved: whether that is another one than before.
    """

    side: str
    row: int
    label: str
    moved: bool = False


def cleaned_copy(run: Run, output: Path, link: bool = False, progress: Progress = silent) -> dict[str, int]:
    """Write the run's data set as ``output/train/CLASS/…`` and ``output/test/CLASS/…`` and return what was done.

    Both sides are written, so that the copy is split as its source is. The folder is whole or not there.

    Args:
        run: whose data set is copied, with all edits in force.
        output: a folder that does not exist yet, or is empty.
        link: make symbolic links to the files of the source instead of copies.
        progress: of the writing.

    Raises:
        ExplorerError: the folder holds something, lies inside the source, cannot be written, or there are no files to link.
    """
    target = _free(run, output)
    pictures = run.dataset.train.pictures
    if link and not isinstance(pictures, FilePictures):
        raise ExplorerError(f"The pictures of {run.dataset.title} are no files that could be linked; leave --link out.")
    places = _places(run)
    with readable_errors(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        working = target.parent / f".{target.name}.{uuid.uuid4().hex[:8]}"
        try:
            _write(run, places, working, link, progress)
            if link and isinstance(pictures, FilePictures):
                allow_links(target, pictures.root or Path(run.dataset.name))
            os.replace(working, target)  # refuses a folder that got content meanwhile
        finally:
            shutil.rmtree(working, ignore_errors=True)
    sides, excluded = Counter(place.side for place in places), len(run.dataset.train.labels)
    moved = sum(place.moved for place in places)
    return {"train": sides["train"], "test": sides["test"], "relabelled": moved, "excluded": excluded - sides["train"]}


def _free(run: Run, output: Path) -> Path:
    """Return the folder to write, or refuse it."""
    target = output.expanduser().resolve()
    with readable_errors(target.parent):  # the name may be too long to ask for
        there = target.exists()
    if there and not (target.is_dir() and not any(target.iterdir())):
        raise ExplorerError(f"{target} exists and is not empty; give a folder that is not there yet.")
    for source in (Path(run.dataset.name), home.data()):
        if source.is_absolute() and source.resolve() in (target, *target.parents):
            raise ExplorerError(f"{target} lies inside {source}, the data that is copied; give a folder elsewhere.")
    return target


def _places(run: Run) -> list[CopiedPicture]:
    """Return all pictures of the copy; those that keep their class first, so that they keep their names as well."""
    edits, dataset = state(run.data_digest), run.dataset
    if strange := [name for name in edits.labels.values() if name not in run.class_names]:
        raise unknown("class", strange[0], run.class_names)
    places = []
    for side in ("train", "test"):
        for row, name in enumerate(run.class_names[label] for label in dataset.split(side).labels):
            now = edits.labels.get(row, name) if side == "train" else name
            if side == "test" or row not in edits.excluded:
                places.append(CopiedPicture(side, row, now, now != name))
    return sorted(places, key=lambda place: place.moved)


def _write(run: Run, places: list[CopiedPicture], working: Path, link: bool, progress: Progress) -> None:
    for side in ("train", "test"):
        for name in run.class_names:
            (working / side / name).mkdir(parents=True)
    taken: set[Path] = set()
    for done, place in enumerate(places):
        progress(STAGE, done, len(places))
        target = _unique(working / place.side / place.label / _name(run, place), place.row, taken)
        target.parent.mkdir(parents=True, exist_ok=True)
        _put(run.dataset.split(place.side).pictures, place, target, link)
    progress(STAGE, len(places), len(places))


def _name(run: Run, place: CopiedPicture) -> Path:
    """Return the picture's name below its class folder."""
    file = file_of(run, place.side, place.row)
    if not file or not isinstance(run.dataset.split(place.side).pictures, FilePictures):  # written as PNG
        return Path(f"{place.row:06d}.png")
    parts = Path(file).parts
    above = next((depth for depth, part in enumerate(parts[:2], start=1) if part in run.class_names), 0)
    return Path(*(parts[above:] or parts[-1:]))  # a list may name pictures that lie in no folder of their class


def _unique(path: Path, row: int, taken: set[Path]) -> Path:
    """Return ``path``, with the row in its name as often as it takes where another class had a file of this name."""
    while path in taken:
        path = path.with_name(f"{path.stem}-{row}{path.suffix}")
    taken.add(path)
    return path


def _put(pictures: Pictures, place: CopiedPicture, target: Path, link: bool) -> None:
    if not isinstance(pictures, FilePictures):
        pictures[place.row].save(target)
    elif link:
        target.symlink_to(pictures.paths[place.row])
    else:
        try:
            shutil.copy2(pictures.paths[place.row], target)
        except FileNotFoundError as error:
            raise ExplorerError(
                f"{pictures.paths[place.row]} is gone; put it back, or build the data set again."
            ) from error
