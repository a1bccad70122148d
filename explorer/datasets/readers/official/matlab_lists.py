"""Labels and sides in MATLAB's files beside the pictures: Oxford's Flowers 102 and Stanford's Cars."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from explorer.core.errors import ExplorerError
from explorer.core.progress import Progress
from explorer.datasets.assembly import Entry, Listing, assemble
from explorer.datasets.base import Dataset, Skipped
from explorer.datasets.file_tree import FileTree
from explorer.datasets.readers.base import DatasetFolder
from explorer.datasets.readers.tables.class_names import with_names

MOST_BYTES = 64 * 2**20
FLOWERS, SIDES = "imagelabels.mat", "setid.mat"
# Flowers' sides as its file of numbers calls them.
SIDE_OF = {"trnid": "train", "valid": "val", "tstid": "test"}
CARS = {"train": "cars_train_annos.mat", "test": "cars_test_annos_withlabels.mat"}
CAR_NAMES, DEVKIT = "cars_meta.mat", "devkit"


@dataclass(frozen=True)
class MatlabLists(DatasetFolder):
    """A folder of Flowers 102 (``jpg``, ``imagelabels.mat``, ``setid.mat``) or of Cars (``cars_train``, ``devkit``)."""

    def matches(self) -> bool:
        """Return whether its files of labels are there."""
        return bool(self._place(FLOWERS) and self._place(SIDES)) or bool(self._place(CARS["train"]))

    def open(self, progress: Progress) -> Dataset:
        """Return the data set.

        Raises:
            ExplorerError: a file of labels is damaged, or its pictures are not there.
        """
        tree = FileTree(self.path, list(self.refused))
        flowers = bool(self._place(FLOWERS))
        found = list(self._flowers() if flowers else self._cars())
        kept = [one for one in found if one.side != "val" and self._is_there(tree, one.file)]
        gone = sum(one.side == "val" for one in found)
        given = {"train", "test"} <= {one.side for one in kept}
        names = f"{FLOWERS} and {SIDES}" if flowers else f"{CARS['train']}{' and ' + CARS['test'] if given else ''}"
        listing = Listing(
            self.name or str(self.path),
            self.title or self.path.name,
            tree.root,
            with_names(tree, kept if given else [one._replace(side="") for one in kept], ""),
            tree.skipped,
            "labels",
            {"split": f"as {names} give it"} if given else {},
            layout=f"labels in MATLAB's files: {names}",
            origins=dict.fromkeys(("train", "test"), names) if given else {},
            left_out=[
                *self._beside(tree, given, flowers),
                *([Skipped("pictures for validation", "there are others for testing", gone)] if gone else []),
            ],
        )
        return assemble(listing, progress)

    def _beside(self, tree: FileTree, given: bool, flowers: bool) -> list[Skipped]:
        """Return the pictures for testing of Cars, whose labels are a file of their own that may be missing."""
        count = 0 if given or flowers else tree.count("cars_test")
        return [Skipped("cars_test", f"its labels are not there ({CARS['test']})", count)] if count else []

    def _is_there(self, tree: FileTree, file: str) -> bool:
        if not file:
            return False
        if not (self.path / file).is_file():
            tree.skip(file, "there is no such picture")
            return False
        return tree.inside(file)

    def _flowers(self) -> Iterator[Entry]:
        labels = _numbers(self._content(FLOWERS), "labels")
        sides = self._content(SIDES)
        for name, side in SIDE_OF.items():
            for number in _numbers(sides, name):
                if 0 < number <= len(labels):
                    yield Entry(f"jpg/image_{number:05d}.jpg", str(labels[number - 1]), side)

    def _cars(self) -> Iterator[Entry]:
        names = (
            [_text(one) for one in self._content(CAR_NAMES).get("class_names", [])] if self._place(CAR_NAMES) else []
        )
        for side, file in CARS.items():
            rows = self._content(file).get("annotations", ()) if self._place(file) else ()
            for row in rows:
                number, picture = int(getattr(row, "class", 0) or 0), _text(getattr(row, "fname", ""))
                label = names[number - 1] if 0 < number <= len(names) else str(number)
                yield Entry(self._car(side, picture), label.replace("/", "-"), side)

    def _car(self, side: str, name: str) -> str:
        """Return the place of a picture of Cars, whose folder lies in another of its name where it comes from Kaggle."""
        plain = Path(name).name
        places = (f"cars_{side}/{plain}", f"cars_{side}/cars_{side}/{plain}")
        return next((place for place in places if (self.path / place).is_file()), places[0])

    @cached_property
    def _folders(self) -> Sequence[Path]:
        return (self.path, self.path / DEVKIT, self.path / "car_devkit" / DEVKIT)

    def _place(self, file: str) -> Path | None:
        found = (folder / file for folder in self._folders)
        return next((path for path in found if path.is_file() and not path.is_symlink()), None)

    def _content(self, file: str) -> dict[str, Any]:
        """Return the variables of a file; none where it is not there.

        Raises:
            ExplorerError: it is damaged, or too large.
        """
        import scipy.io

        path = self._place(file)
        if path is None:
            return {}
        if path.stat().st_size > MOST_BYTES:
            raise ExplorerError(f"{path} is larger than the {MOST_BYTES // 2**20} MB that are read of such a file.")
        try:
            return dict(scipy.io.loadmat(path, squeeze_me=True, struct_as_record=False))
        except Exception as error:  # a damaged file may stop the reader anywhere
            raise ExplorerError(f"{path} is no file of MATLAB that can be read; copy it again.") from error


def _numbers(content: dict[str, Any], name: str) -> list[int]:
    """Return a variable's whole numbers; none where it is not there.

    Raises:
        ExplorerError: it holds something else.
    """
    import numpy as np

    values = np.atleast_1d(content.get(name, np.zeros(0))).ravel()
    if values.dtype.kind not in "uif":
        raise ExplorerError(f"{name!r} of MATLAB's file holds no numbers; copy it again.")
    return [int(value) for value in values]


def _text(value: Any) -> str:
    return str(value)[:200]
