"""Texts that list the pictures of each side, a line a picture: Oxford-IIIT Pet, Food-101, DTD, FGVC-Aircraft, Places, CVAT's ImageNet form, Caffe."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from explorer.core.progress import Progress
from explorer.datasets.assembly import Entry, Listing, assemble
from explorer.datasets.base import Dataset, Skipped
from explorer.datasets.doubts.folder_names import side_of
from explorer.datasets.doubts.reading import CONTAINER_WORDS, SIDE_WORDS
from explorer.datasets.file_tree import MOST_FILES, FileTree, printable
from explorer.datasets.picture import ENDINGS
from explorer.datasets.readers.base import DatasetFolder
from explorer.datasets.readers.tables.encodings import read_text
from explorer.datasets.readers.tables.list_doubts import strange_letters, twice
from explorer.datasets.readers.tables.numbered_names import named_by_lines, one_to_one

# Folders in which such texts lie, and in which the pictures lie that they name.
PLACES = ("", "annotations", "meta", "labels", "data", "lists", "ImageSets/Main", "splits")
PICTURES = ("", "images", "Images", "data/images", "image", "data", "jpg", "JPEGImages")
# Files that name the classes, one a line, in the order of their numbers.
NAME_FILES = (
    "classes.txt",
    "class_names.txt",
    "classnames.txt",
    "labels.txt",
    "synsets.txt",
    "names.txt",
    "categories.txt",
)
MOST_BYTES, MOST_FOLDERS = 128 * 2**20, 30
# Lines that are looked at to tell such a text from another, and the share of them whose picture has to be there.
PEEKED, FOUND = 200, 0.9
NUMBERED = re.compile(r"[\W_]+\d+$")


class Line(NamedTuple):
    """A picture's name as a text writes it, and what stands behind it; empty where nothing does."""

    name: str
    label: str


@dataclass(frozen=True)
class SideText:
    """A text that lists one side.

    Attributes:
        file: below the folder.
        side: ``"train"``, ``"val"`` or ``"test"``.
        pictures: the folder of its pictures, below the data set's.
        lines: of it.
    """

    file: str
    side: str
    pictures: str
    lines: Sequence[Line]


@dataclass(frozen=True)
class SplitLists(DatasetFolder):
    """A folder whose sides are listed in texts."""

    def matches(self) -> bool:
        """Return whether there is a text of training pictures, and the labels of its lines are known."""
        return any(text.side == "train" for text in self.texts) and len(set(self._labels)) > 1

    def open(self, progress: Progress) -> Dataset:
        """Return the data set.

        Raises:
            ExplorerError: fewer than two classes have a picture on each side.
        """
        tree = FileTree(self.path, list(self.refused))
        texts = _used(self.texts)
        spare = [
            Skipped(text.file, "another text of sides is used", len(text.lines))
            for text in self.texts
            if text not in texts
        ]
        named = iter(self._labels)
        labels = {text.file: [next(named) for _ in text.lines] for text in self.texts}
        differing: list[tuple[str, str, str]] = []
        entries = [entry for text in texts for entry in _entries(tree, text, labels[text.file], differing)]
        origins = {"test" if text.side == "val" else text.side: text.file for text in texts}
        sides = {entry.side for entry in entries}
        given = {"train", "test"} <= sides
        listing = Listing(
            self.name or str(self.path),
            self.title or self.path.name,
            tree.root,
            entries if given else [entry._replace(side="") for entry in entries],
            tree.skipped,
            "labels",
            {"split": f"as {origins['train']} and {origins['test']} give it"} if given else {},
            layout=f"lists of each side: {', '.join(text.file for text in texts)}",
            origins=origins if given else {},
            left_out=[*spare, *_unlisted(tree, entries)],
            doubts=[*twice(differing), *self._doubts(texts, labels)],
        )
        return assemble(listing, progress)

    def _doubts(self, texts: Sequence[SideText], labels: Mapping[str, Sequence[str]]) -> list[str]:
        """Return sentences on letters that nothing tells, and on how numbers were given names."""
        letters = [strange_letters(text.file, self.path / text.file, labels[text.file]) for text in texts]
        known, doubts = self._counted
        plain = {*map(str, self._numbers)} & {*self._labels}  # numbers that no names stand for
        guessed = known and not self._folders_tell
        return [*filter(None, letters), *(doubts if guessed or plain else ())]

    @cached_property
    def texts(self) -> list[SideText]:
        """The texts of sides whose pictures are there."""
        return [
            text for place in PLACES for file in _text_files(self.path, place) if (text := _side_text(self.path, file))
        ]

    @cached_property
    def _labels(self) -> list[str]:
        """The label of each line of all texts; one name everywhere where they are not known."""
        lines = [line for text in self.texts for line in text.lines]
        stems = [NUMBERED.sub("", Path(line.name).name.partition(".")[0]) for line in lines]
        if self._numbers:
            return self._named(self._numbers, self._line_folders, stems)
        if all(line.label for line in lines):
            return [line.label for line in lines]
        return self._line_folders if all(self._line_folders) else [""] * len(lines)

    @cached_property
    def _line_folders(self) -> list[str]:
        """The folder of each line's picture; empty where that can be no class."""
        return [_folder(line.name) for text in self.texts for line in text.lines]

    @cached_property
    def _folders_tell(self) -> bool:
        """Whether the count of the names is doubtful and the pictures' folders have a name for each number."""
        named = not any(folder.isdecimal() for folder in self._line_folders)
        return bool(self._counted[1]) and named and one_to_one(self._numbers, self._line_folders)

    @cached_property
    def _numbers(self) -> list[int]:
        """The number of each line's class; none where not all have one."""
        firsts = [line.label.split()[0] if line.label else "" for text in self.texts for line in text.lines]
        return [int(first) for first in firsts] if all(first.isdecimal() for first in firsts) else []

    @cached_property
    def _counted(self) -> tuple[dict[str, str], list[str]]:
        """The names of the numbers in a file of names, and what is doubtful in that."""
        stems, names = {Path(line.name).stem for text in self.texts for line in text.lines}, _names(self.path)
        return named_by_lines({*map(str, self._numbers)}, [] if stems.issuperset(names) else names)

    def _named(self, numbers: Sequence[int], folders: Sequence[str], stems: Sequence[str]) -> list[str]:
        """Return names for numbers: of a file of names, else of folders or file names that go with them one to one."""
        if (known := self._counted[0]) and not self._folders_tell:
            return [known[str(number)] for number in numbers]
        words = next((words for words in (folders, stems) if one_to_one(numbers, words)), None)
        return list(words or map(str, numbers))


def _folder(name: str) -> str:
    """Return the folder of a picture where that can be a class; empty where it is a side's or a container's."""
    folder = name.rpartition("/")[0].rpartition("/")[2]
    return "" if folder.casefold() in SIDE_WORDS | CONTAINER_WORDS else folder


def _text_files(root: Path, place: str) -> list[str]:
    folder = root / place
    try:
        names = sorted(path.name for path in folder.glob("*.txt") if path.is_file() and not path.is_symlink())
    except OSError:
        return []
    return [f"{place}/{name}" if place else name for name in names]


def _side_text(root: Path, file: str) -> SideText | None:
    """Return what a text lists where it is named after a side and most of its first pictures are there; else None."""
    side = _side(Path(file).stem)
    if not side or (root / file).stat().st_size > MOST_BYTES:
        return None
    lines = list(_lines(read_text(root / file)))
    if not lines or len(lines) > MOST_FILES:
        return None
    peeked = lines[:: max(1, len(lines) // PEEKED)]
    for pictures in dict.fromkeys((*PICTURES, *_folders(root))):
        there = sum(bool(_file(root, pictures, line.name)) for line in peeked)
        if there >= FOUND * len(peeked):
            return SideText(file, side, pictures, lines)
    return None


def _side(stem: str) -> str:
    """Return the side that a text is named after: ``images_variant_train``, ``Testing_01``, ``places365_train_standard``."""
    plain = re.sub(r"^(images?_)?(variant_)?|\d+$", "", stem)
    return side_of(plain) or side_of(
        re.sub(
            r"(?i)places\d*|standard|challenge|_cls$|_list$|labels?$|_(image_?)?(ids?|files?|filenames?|names?|paths?)$",
            "",
            plain,
        )
    )


def _folders(root: Path) -> list[str]:
    """Return the folders of the first level, in which the pictures may lie, such as ``SUN397`` and ``val_256``."""
    try:
        return sorted(path.name for path in root.iterdir() if path.is_dir() and not path.is_symlink())[:MOST_FOLDERS]
    except OSError:
        return []


def _lines(text: str) -> Iterator[Line]:
    for line in text.splitlines():
        words = line.strip().replace("\\", "/")
        if words and not words.startswith("#"):
            name, _, label = _parted(words)
            yield Line(name.strip().lstrip("/"), label.strip())


def _parted(words: str) -> tuple[str, str, str]:
    """Return a line's name and label: behind a picture's ending, a tab, a comma or the first space."""
    for ending in ENDINGS:
        at = words.lower().find(ending)
        if at > 0 and (at + len(ending) == len(words) or words[at + len(ending)] in " \t,;"):
            return words[: at + len(ending)], "", words[at + len(ending) :].lstrip(" \t,;")
    return next((words.partition(mark) for mark in ("\t", ",", " ") if mark in words), (words, "", ""))


def _file(root: Path, pictures: str, name: str) -> str:
    """Return the picture of a name below the root; empty where there is none."""
    bare = f"{pictures}/{name}" if pictures else name
    if ".." in bare.split("/"):
        return ""
    endings = ("",) if Path(name).suffix.lower() in ENDINGS else (".jpg", ".png", ".jpeg", ".JPG", ".JPEG")
    return next((bare + ending for ending in endings if (root / (bare + ending)).is_file()), "")


def _names(root: Path) -> list[str]:
    for place in PLACES:
        for name in NAME_FILES:
            path = root / place / name
            if path.is_file() and path.stat().st_size < MOST_BYTES:
                return [line.strip() for line in read_text(path).splitlines() if line.strip()]
    return _numbered_names(root)


def _numbered_names(root: Path) -> list[str]:
    """Return the names of ``categories_places365.txt`` and its like, whose lines are a name and its number from zero."""
    for path in sorted(root.glob("categories_*.txt")):
        if path.is_file() and not path.is_symlink() and path.stat().st_size < MOST_BYTES:
            pairs = [line.rpartition(" ") for line in path.read_text("utf-8", "replace").splitlines() if line.strip()]
            if [number for _, _, number in pairs] == [str(row) for row in range(len(pairs))]:
                return [re.sub(r"^/?.?/", "", name) for name, _, _ in pairs]
    return []


def _used(texts: Sequence[SideText]) -> list[SideText]:
    """Return one text of each side: the first of its kind; validation pictures test where no others do."""
    first: dict[str, SideText] = {}
    for text in texts:
        first.setdefault(text.side, text)
    tests = first.get("test") or first.get("val")
    return [first["train"], *([tests] if tests else [])]


def _entries(
    tree: FileTree, text: SideText, labels: Sequence[str], differing: list[tuple[str, str, str]]
) -> Iterator[Entry]:
    """Yield the pictures of one text; one that stands in it twice counts once, and is noted where its labels differ."""
    side = "test" if text.side == "val" else text.side
    seen: dict[str, str] = {}
    for line, label in zip(text.lines, labels, strict=True):
        before = len(seen)
        if file := _file(tree.root, text.pictures, line.name):
            if seen.setdefault(file, label) != label:
                differing.append((file, seen[file], label))
                tree.skip(file, f"it is listed before, as {seen[file]}")
            elif len(seen) == before:
                tree.skip(file, "it is listed twice")
            elif tree.inside(file):
                yield Entry(file, printable(label.replace("/", "-")), side)
        else:
            tree.skip(line.name[:200], "there is no such picture")


def _unlisted(tree: FileTree, entries: Sequence[Entry]) -> list[Skipped]:
    """Return how many pictures no list names, by their first folder."""
    named = {entry.file for entry in entries}
    before = len(tree.skipped)
    others = Counter(file.partition("/")[0] for file in tree.pictures("") if file not in named)
    del tree.skipped[before:]
    return [
        Skipped(printable(folder), "no list that is used names these pictures", count)
        for folder, count in others.items()
    ]
