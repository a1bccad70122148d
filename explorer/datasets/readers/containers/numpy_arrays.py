"""NumPy's ``.npz`` and ``.npy`` files of pictures and labels, those of MedMNIST among them; MATLAB's of SVHN's form."""

import re
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from pathlib import Path

import numpy as np

from explorer.core.errors import ExplorerError
from explorer.core.files import megabytes
from explorer.core.progress import Progress
from explorer.datasets.base import Dataset
from explorer.datasets.choices import NO_CHOICES, Choices, Offer
from explorer.datasets.doubts.rival_labels import rival_doubt
from explorer.datasets.readers.base import DatasetFolder
from explorer.datasets.readers.containers.array_pairs import Pairs, joined, paired_names
from explorer.datasets.readers.containers.arrays import (
    ArrayFile,
    ArraySet,
    LabelledArrays,
    class_labels,
    is_pixels,
)
from explorer.datasets.readers.containers.files import files_below, holds_pictures
from explorer.datasets.readers.containers.flat_arrays import set_of_classes, unflattened
from explorer.datasets.readers.containers.matlab_arrays import BY_COLUMNS, matlab_arrays
from explorer.datasets.readers.containers.sides import side_of
from explorer.datasets.readers.tables.list_doubts import measures

MATLAB = ".mat"
# Arrays inside a compressed file are held in memory; larger ones are mapped from .npy files.
MOST_MEMORY = 1200 * 2**20
# What people call labels; every other array of the right shape is pictures.
LABEL_WORDS = re.compile(
    r"(?:^|[_\W])(labels?|y|targets?|classes|cls)(?:$|[_\W\d])|labels?$|^y(?=train|test|val)", re.IGNORECASE
)
# Arrays of MedMNIST's files.
MEDMNIST = {"train_images", "train_labels", "val_images", "test_images"}
# Arrays of class names.
NAME_WORDS = re.compile(r"class_?names|label_?names|categories|target_names", re.IGNORECASE)
OBJECTS = "save names by labels.astype(str), pictures of one size by numpy.stack(list(images)), or pictures of several sizes as files, one folder a class"
ADVICE = "give arrays of pictures (n, height, width, 3) and labels (n,), called such as x_train and y_train, or images and labels"


def numpy_archive(path: Path, title: str) -> ArrayFile:
    """Return the reader of an ``.npz`` file."""
    return ArrayFile(path, title, lambda path, title, choices: _paired(path, title, _unzipped(path), ".npz", choices))


def matlab_file(path: Path, title: str) -> ArrayFile:
    """Return the reader of a ``.mat`` file of SVHN's form: ``X`` ``(height, width, 3, n)`` and ``y``."""
    return ArrayFile(path, title, _matlab)


@dataclass(frozen=True)
class ArrayFolder(DatasetFolder):
    """A folder of ``.npy``, ``.npz`` or SVHN's ``.mat`` files."""

    chooses = ArrayFile.chooses

    def matches(self) -> bool:
        """Return whether such files lie directly in it, and are no members of an unpacked shard."""
        member = bool(self.files) and self.files[0].with_suffix(".cls").is_file()
        return bool(self.files) and not member and not holds_pictures(self.path)

    def open(self, progress: Progress) -> Dataset:
        """Return the data set.

        Raises:
            ExplorerError: the arrays hold no pictures with labels.
        """
        arrays: dict[str, np.ndarray] = {}
        for path in self.files:
            more = (
                {path.stem: mapped(path)}
                if path.suffix == ".npy"
                else matlab_arrays(path)
                if path.suffix == MATLAB
                else _unzipped(path)
            )
            arrays |= {name if len(more) == 1 else f"{path.stem} {name}": array for name, array in more.items()}
        if alone := set_of_classes(self.path, self.title or self.path.name, self.files, arrays):
            return alone.dataset(progress)
        kinds = " and ".join(sorted({path.suffix for path in self.files}))
        found = _paired(self.path, self.title or self.path.name, arrays, kinds, self.choices)
        return replace(found, name=self.name if self.choices.columns else "").dataset(progress)

    @cached_property
    def files(self) -> list[Path]:
        """The files of arrays."""
        return [
            path
            for ending in (".npy", ".npz", MATLAB)
            for path in files_below(self.path, ending)
            if path.parent == self.path
        ]


def mapped(path: Path) -> np.ndarray:
    """Return the array in an ``.npy`` file, mapped into memory; objects are refused, which could run code.

    Raises:
        ExplorerError: it is damaged, or holds objects.
    """
    try:
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    except (ValueError, OSError, EOFError, SyntaxError) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> ExplorerError:
    reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:120]
    way = OBJECTS if re.search("object", reason, re.IGNORECASE) else ADVICE
    return ExplorerError(f"{path} holds no arrays of numbers that can be read ({reason}); {way}.")


def _unzipped(path: Path) -> dict[str, np.ndarray]:
    """Return the arrays in an ``.npz`` file.

    Raises:
        ExplorerError: it is damaged, holds objects, or would take too much memory.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if entry.filename.endswith(".npy")]
            if (size := sum(entry.file_size for entry in entries)) > MOST_MEMORY:
                raise ExplorerError(
                    f"{path} holds arrays of {megabytes(size)}, and {megabytes(MOST_MEMORY)} are read from a compressed file; save each as .npy in one folder and give the folder."
                )
            found = {}
            for entry in entries:
                with archive.open(entry) as stream:
                    _check_header(stream, entry)
                with archive.open(entry) as stream:
                    found[entry.filename.removesuffix(".npy")] = np.lib.format.read_array(stream, allow_pickle=False)
            return found
    # a ZIP that is packed in another way or under a password is a NotImplementedError or RuntimeError
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError, RuntimeError, MemoryError) as error:
        raise _damaged(path, error) from error


def _check_header(stream: object, entry: zipfile.ZipInfo) -> None:
    """Raise where an array's header claims more bytes than its file has: they would be allocated first.

    Raises:
        ValueError: it does.
    """
    version = np.lib.format.read_magic(stream)  # type: ignore[arg-type]  # a zip's member reads like a file
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(stream)  # type: ignore[arg-type]  # as above
    if dtype.hasobject:
        raise ValueError(f"{entry.filename} is of objects, which could run code")
    if int(np.prod(shape, dtype=object)) * dtype.itemsize > entry.file_size:
        raise ValueError("its header claims more than there is")


def _paired(
    path: Path, title: str, arrays: Mapping[str, np.ndarray], kind: str, choices: Choices = NO_CHOICES
) -> ArraySet:
    """Return pictures and labels by side, told apart by their names and shapes; of several labels the chosen, else the first.

    Raises:
        ExplorerError: no array of pictures has one of labels, or none has the chosen name.
    """
    doubts = list[str]()
    arrays = _with_pictures(arrays, doubts, MATLAB in kind)
    pictures, every, names = _by_side(arrays)
    if choices.label and not any(_chosen(some, choices.label) for some in every.values()):
        seen = ", ".join(dict.fromkeys(_plain(name) for some in every.values() for name in some)) or "none"
        raise ExplorerError(f"{path} has no labels called {choices.label!r}; it has: {seen}.")
    paired = {
        side: pairs
        for side, some in pictures.items()
        if side in every and (pairs := _pairs_of(some, every[side], arrays, choices))
    }
    if not paired:
        seen = ", ".join(f"{name} {array.shape} {array.dtype}" for name, array in list(arrays.items())[:6]) or "nothing"
        raise ExplorerError(f"{path} holds {seen}; {ADVICE}.")
    sides = {side: joined(arrays, pairs) for side, pairs in paired.items()}
    layout = f"arrays in {kind}{', in the form of MedMNIST' if set(arrays) >= MEDMNIST else ''}"
    [first, *_] = paired
    parts = {label for _, label in paired[first].used[1:]}
    offer = _offer(arrays, [name for name in every[first] if name not in parts], paired[first].used[0][1])
    doubts += [] if choices.label else _measured(offer.taken, path, sides.values())
    gone, more = zip(*(pairs.said(arrays) for pairs in paired.values()), strict=True)
    doubts += chain(*more)
    doubts += [] if choices.label else _rivals(arrays, every, paired)
    return ArraySet(path, title, layout, sides, names, doubts, offers=[offer], left_out=list(chain(*gone)))


def _by_side(arrays: Mapping[str, np.ndarray]) -> tuple[dict[str, list[str]], dict[str, list[str]], list[str]]:
    """Return the names of the arrays of pictures and of those of labels by side, and the classes' names where an array holds them."""
    pictures, every, names = dict[str, list[str]](), dict[str, list[str]](), list[str]()
    for name, array in arrays.items():
        side = side_of(re.sub(r"^[xy](?=train|test|val)", "", name.lower()))
        if NAME_WORDS.search(name) and array.dtype.kind in "US":
            names = [_text(value) for value in array.tolist()]
        elif is_pixels(array) and not (LABEL_WORDS.search(name) and array.ndim < 3):
            pictures.setdefault(side, []).append(name)
        elif array.ndim in (1, 2) and (LABEL_WORDS.search(name) or len(arrays) == 2):
            every.setdefault(side, []).append(name)
    return pictures, every, names


def _pairs_of(
    pictures: Sequence[str], labels: Sequence[str], arrays: Mapping[str, np.ndarray], choices: Choices
) -> Pairs | None:
    """Return which labels belong to which pictures of one side; None where no labels have the chosen name."""
    chosen = _chosen(labels, choices.label) if choices.label else ""
    if choices.label and not chosen:
        return None
    return paired_names(pictures, labels, {name: len(arrays[name]) for name in (*pictures, *labels)}, chosen)


def _rivals(
    arrays: Mapping[str, np.ndarray], labels: Mapping[str, Sequence[str]], paired: Mapping[str, Pairs]
) -> list[str]:
    """Return a sentence where other labels of the same pictures say other things than those that are read."""
    pairs: dict[tuple[str, str], Counter[tuple[str, str]]] = defaultdict(Counter)
    for side, read in paired.items():
        [(_, taken), *parts] = read.used
        spare = [] if parts or read.labelled else [name for name in labels[side] if name != taken]
        for other in (name for name in spare if len(arrays[name]) == len(arrays[taken])):
            with suppress(ExplorerError):  # several labels a picture, or none that are known
                said = [class_labels(LabelledArrays(arrays[name], arrays[name], name), ()) for name in (taken, other)]
                pairs[_plain(taken), _plain(other)] += Counter(zip(*said, strict=True))
    return [doubt for (taken, other), held in pairs.items() for doubt in rival_doubt(taken, other, held)]


def _measured(name: str, path: Path, sides: Iterable[LabelledArrays]) -> list[str]:
    """Return a sentence where labels called ``name`` read like a measure."""
    numbers = {str(value) for side in sides for value in np.unique(side.labels).tolist()}
    return list(filter(None, [measures(name, path.name, numbers)]))


def _with_pictures(
    arrays: Mapping[str, np.ndarray], doubts: list[str], by_columns: bool = False
) -> Mapping[str, np.ndarray]:
    """Return arrays of which those of rows are pictures where no other is; adds what is doubtful in that to ``doubts``.

    Args:
        arrays: by name.
        doubts: sentences.
        by_columns: whether the program that wrote them keeps a picture column by column.
    """
    if any(map(is_pixels, arrays.values())):
        return arrays
    found = {
        name: array if LABEL_WORDS.search(name) else unflattened(name, array, doubts) for name, array in arrays.items()
    }
    doubts += [BY_COLUMNS.format(name=name) for name in found if by_columns and found[name].ndim > arrays[name].ndim]
    return found


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _plain(name: str) -> str:
    """Return the name of an array of labels without its side: ``train_labels_fine`` is ``labels_fine``."""
    return re.sub(r"[_\W]*(?:training|train|validation|valid|val|testing|test)(?![a-z])", "", name.lower()).strip("_ .")


def _chosen(names: Sequence[str], label: str) -> str:
    """Return the array of labels that is meant, the first where nobody chose; empty where none is called so."""
    return next((name for name in names if not label or label in (name, _plain(name))), "")


def _offer(arrays: Mapping[str, np.ndarray], names: Sequence[str], taken: str) -> Offer:
    """Return the arrays of labels of one side, each with how many values it has."""
    words = {_plain(name): f"{len(np.unique(arrays[name])):,} values" for name in names}
    return Offer("label", words, _plain(taken))


def _matlab(path: Path, title: str, choices: Choices) -> ArraySet:
    return _paired(path, title, matlab_arrays(path), MATLAB, choices)
