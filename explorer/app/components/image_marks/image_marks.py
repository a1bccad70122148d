"""What is known of the images on a page, in a word or two each: decided, suspect, copied, grouped, tagged; and their files."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from explorer.app.components.gallery.gallery import Section, Tile
from explorer.core.errors import ExplorerError
from explorer.runs.edits import edit_log
from explorer.runs.edits.actions import own_label
from explorer.runs.edits.change import State
from explorer.runs.edits.exchange import file_of
from explorer.runs.results.stored_marks import StoredMarks, stored_marks
from explorer.runs.run import Run

COPY, LIKE = "copy in", "near copy in"
NAMES = {"train": "training set", "test": "test set"}


@dataclass(frozen=True, eq=False)
class ImageMarks:
    """What is known of the images of a run at one moment.

    Attributes:
        run: whose images they are.
        state: the decisions in force.
        stored: what results on disk say.
    """

    run: Run
    state: State
    stored: StoredMarks

    @staticmethod
    def of(run: Run) -> "ImageMarks":
        """Return what is known now: one look at the database and three at files, however many images are asked about."""
        return ImageMarks(run, edit_log.state(run.data_digest), stored_marks(run))

    def train(self, row: int) -> tuple[str, ...]:
        """Return the marks of a training image: decisions first, then what results say, then tags."""
        picture, stored = self.run.picture_row("train", row), self.stored
        marks = [self._relabelled(row, picture)] if picture in self.state.labels else []
        marks += ["left out"] if picture in self.state.excluded else []
        marks += ["confirmed"] if picture in self.state.kept else []
        marks += [f"suspect {stored.suspects[row]:,}"] if row in stored.suspects else []
        marks += [_copied(stored.train_copies[row], "test")] if row in stored.train_copies else []
        marks += [f"group of {stored.groups[row]:,}"] if row in stored.groups else []
        return (*marks, *self.state.tags.get(picture, ()))

    def _relabelled(self, row: int, picture: int) -> str:
        before, after = own_label(self.run, row), self.state.labels[picture]
        return f"{before} → {after}"

    def test(self, row: int) -> tuple[str, ...]:
        """Return the marks of a test image."""
        marks = ["trusted"] if row in self.state.trusted else []
        copies = self.stored.test_copies
        marks += [_copied(copies[row], "train")] if row in copies else []
        return (*marks, *self.state.test_tags.get(row, ()))


def _copied(exact: bool, side: str) -> str:
    return f"{COPY if exact else LIKE} {NAMES[side]}"


def marked(run: Run, side: str, tiles: Sequence[Tile]) -> list[Tile]:
    """Return tiles of one side of a run with their marks and their files; their ids are its rows."""
    known = ImageMarks.of(run)
    return [_with_marks(known, side, tile) for tile in tiles]


def marked_sections(run: Run, sections: Sequence[Section]) -> list[Section]:
    """Return sections whose tiles, each of either side of a run, have their marks and their files."""
    known = ImageMarks.of(run)
    return [
        replace(section, tiles=[_with_marks(known, tile.src.split("/")[3], tile) for tile in section.tiles])
        for section in sections
    ]


def _with_marks(known: ImageMarks, side: str, tile: Tile) -> Tile:
    row = int(tile.id)
    marks = known.train(row) if side == "train" else known.test(row)
    return replace(tile, marks=marks, file=image_file(known.run, side, row))


def image_file(run: Run, side: str, row: int) -> str:
    """Return the file of an image, named below the folder of its data set; empty where there is none, or it is gone."""
    with suppress(ExplorerError, OSError):  # a page opens without its pictures too
        return file_of(run, side, run.picture_row(side, row))
    return ""
