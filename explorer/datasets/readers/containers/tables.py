"""Tables with a column of pictures and a column of labels, as Hugging Face writes them: which columns these are, and the classes' names."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from explorer.core.errors import ExplorerError
from explorer.datasets.choices import NO_CHOICES, Choices, Offer, UnclearError
from explorer.datasets.readers.tables.list_doubts import measures
from explorer.datasets.readers.tables.seen_values import MOST_OFFERED, SeenValues

IMAGES = ("image", "img", "images", "picture", "photo", "jpg", "png", "pixel_values", "image_bytes", "bytes", "data")
LABELS = (
    "label",
    "labels",
    "fine_label",
    "class",
    "class_label",
    "target",
    "category",
    "y",
    "coarse_label",
    "species",
    "breed",
)
# Words in the names of columns that hold what belongs to a picture.
MASKS = frozenset(
    ("mask", "masks", "segmentation", "annotation", "trimap", "depth", "thumbnail", "preview", "embedding", "audio")
)
# What a column holds, by the word of :attr:`Schema.kinds`, for a sentence.
HELD = {"bytes": "encoded pictures", "list": "lists", "label": "numbers or words", "other": "something else"}
HELD |= {"pictures": "several pictures a row", "fields": "columns within a column"}
# Columns within a column made columns of their own, by Hugging Face's datasets.
FLATTEN = "make them columns of their own where the table was made, dataset = dataset.flatten(), and save that"
# A note beside the data is read for the classes' names; what is longer is none.
MOST_NOTE = 2**20
# Whole numbers from here on are no numbers of classes.
LARGEST = 10**12


@dataclass(frozen=True)
class Columns:
    """The columns that are read.

    Attributes:
        image: of pictures: their bytes, or a structure of ``bytes`` and ``path``.
        label: of labels.
        names: of the classes, by number; empty where labels are names already.
        unused: other columns of labels.
        split: of sides; empty where there is none.
        pictures: other columns of pictures.
    """

    image: str
    label: str
    names: Sequence[str] = ()
    unused: tuple[str, ...] = ()
    split: str = ""
    pictures: tuple[str, ...] = ()

    @property
    def doubts(self) -> list[str]:
        """Sentences on columns that are not used."""
        if not self.pictures:
            return []
        return [
            f"There are several columns of pictures; {self.image!r} is taken, and {', '.join(self.pictures)} not: "
            f"--read path={self.pictures[0]} takes another, --read path={self.image} confirms this one."
        ]

    def measures(self, file: str, labels: Iterable[str], choices: Choices) -> list[str]:
        """Return a sentence where the labels read like a measure; none where a person chose them, or they have names."""
        said = "" if choices.label or self.names else measures(self.label, file, {*labels} - {""})
        return [said] if said else []

    def classes_of(self, values: Sequence[Any]) -> list[str]:
        """Return the class of each label; empty where there is none."""
        known = {value: self.class_of(value) for value in set(values)}
        return [known[value] for value in values]

    def class_of(self, value: Any) -> str:
        """Return the class of a label; empty where there is none."""
        if value is None or value == -1 or value != value:  # NaN
            return ""
        if isinstance(value, float) and value.is_integer() and abs(value) < LARGEST:
            value = int(value)  # a table with gaps writes whole numbers so
        if self.names and isinstance(value, int) and not isinstance(value, bool):
            return self.names[value] if 0 <= value < len(self.names) else str(value)
        return str(value).strip()


@dataclass(frozen=True)
class Schema:
    """What is known of a table before it is read.

    Attributes:
        kinds: of the columns: a word of :data:`HELD` each.
        features: Hugging Face's description of the columns, by name; may be empty.
    """

    kinds: Mapping[str, str]
    features: Mapping[str, Any] = field(default_factory=dict)

    def columns(self, place: Path, choices: Choices = NO_CHOICES) -> Columns:
        """Return the columns to read: those that a person chose, else those that are named or described so.

        Raises:
            ExplorerError: there is no column of pictures, none of labels, none of a chosen name, or the labels are several a picture.
        """
        for name in (choices.path, choices.label, choices.split):
            if name and name not in self.kinds:
                raise ExplorerError(f"{place} has no column {name!r}; it has: {', '.join(self.kinds)[:300]}.")
        image, label = choices.path or self._image(), choices.label or self._label()
        if not image:
            raise ExplorerError(f"{place} holds no column of pictures ({self._held}); {self._way_to_pictures()}.")
        if not label:
            words = {name: "" for name, kind in self.kinds.items() if kind == "label"}
            raise UnclearError(
                f"{place} holds no column of labels ({self._held}); {self._way_to_labels()}.",
                [Offer("label", words)],
            )
        if self.kinds[label] == "list":
            raise ExplorerError(
                f"The column {label!r} of {place} holds several labels a picture; this program takes one: make a column of one label a picture."
            )
        named = self.names_of(label) or ([] if choices.label else named_in_note(place))
        others = [name for name in self.kinds if name != label and (self._is_class(name) or name in LABELS)]
        rest = [name for name, kind in self.kinds.items() if kind == "bytes" and name != image and not _is_mask(name)]
        return Columns(image, label, named, tuple(others), pictures=() if choices.path else tuple(rest))

    def names_of(self, column: str) -> list[str]:
        """Return the classes' names that a column is described with; empty where it is not."""
        described = self.features.get(column)
        names = described.get("names") if isinstance(described, Mapping) else None
        return [str(name) for name in names] if isinstance(names, list) else []

    def named(self, columns: Columns) -> Columns:
        """Return columns with the names that this file describes its own numbers with: two files may number the classes in other orders."""
        return replace(columns, names=self.names_of(columns.label) or columns.names)

    def offers(self, columns: Columns, seen: SeenValues) -> list[Offer]:
        """Return what a person can choose of the columns, by what was seen in some rows."""
        named = {name: self.names_of(name) for name in self.kinds}
        labels = [columns.label, *columns.unused, *seen.classes()]
        images = [name for name, kind in self.kinds.items() if kind == "bytes"]
        sides = [columns.split, *(name for name in seen.sides() if name not in (columns.label, *columns.unused))]
        kept = [name for name in dict.fromkeys(labels) if name and name != columns.split][:MOST_OFFERED]
        words = {name: seen.named(name, named[name]) for name in kept}
        parts = {name: [*seen.values[name]] for name in sides if name in seen.values}
        return [
            Offer("label", words, columns.label),
            Offer("path", dict.fromkeys(images, ""), columns.image),
            Offer("split", {name: seen.named(name) for name in sides if name}, columns.split, parts),
        ]

    @property
    def _held(self) -> str:
        """The first columns and what each holds."""
        first = list(self.kinds.items())[:MOST_OFFERED]
        return "; ".join(f"{name}: {HELD.get(kind, HELD['other'])}" for name, kind in first)

    def _way_to_pictures(self) -> str:
        """Return what to do with a table that has no column of pictures, in the imperative."""
        kinds = {kind: name for name, kind in reversed([*self.kinds.items()])}
        pixels = next((name for name in IMAGES if self.kinds.get(name) == "list"), "")
        if "pictures" in kinds:
            return f"write a row for each of the pictures in {kinds['pictures']!r}"
        if pixels:
            return f"save the numbers in {pixels!r} as an array: numpy.savez('data.npz', images=numpy.array(table[{pixels!r}], 'uint8'), labels=numpy.array(table['label']))"
        return (
            FLATTEN
            if "fields" in kinds
            else "give a table with a column 'image' of encoded pictures (the bytes of a PNG or JPEG)"
        )

    def _way_to_labels(self) -> str:
        """Return what to do with a table that has no column of labels, in the imperative."""
        if "label" not in self.kinds.values() and "fields" in self.kinds.values():
            return f"{FLATTEN}, with --read label=COLUMN"
        return "choose one by --read label=COLUMN, or add one called 'label'"

    def _image(self) -> str:
        described = [name for name, kind in self.features.items() if _type(kind) == "Image" and name in self.kinds]
        usual = [name for name in IMAGES if self.kinds.get(name) == "bytes"]
        any_bytes = [name for name, kind in self.kinds.items() if kind == "bytes"]
        return next(iter([*described, *usual, *any_bytes]), "")

    def _label(self) -> str:
        described = [name for name in self.kinds if self._is_class(name)]
        ranked = sorted(described, key=lambda name: LABELS.index(name) if name in LABELS else len(LABELS))
        lower = {name.lower(): name for name in self.kinds if self.kinds[name] in ("label", "list")}
        return next(iter([*ranked, *(lower[name] for name in LABELS if name in lower)]), "")

    def _is_class(self, name: str) -> bool:
        return _type(self.features.get(name)) == "ClassLabel"


def _is_mask(name: str) -> bool:
    """Return whether a column is named like what belongs to the pictures of another."""
    return bool(MASKS & {*re.split(r"[\W_\d]+", name.lower())})


def _type(feature: Any) -> str:
    return str(feature.get("_type", "")) if isinstance(feature, Mapping) else ""


def described_features(text: bytes | str | None) -> dict[str, Any]:
    """Return the description of columns in Hugging Face's note in a table's metadata, or in ``dataset_info.json``."""
    try:
        content = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    features = content.get("info", content).get("features", {}) if isinstance(content, dict) else {}
    return features if isinstance(features, dict) else {}


def named_in_note(place: Path) -> list[str]:
    """Return the classes' names in the head of a ``README.md`` beside the data, as Hugging Face's hub writes them; empty where there are none."""
    folder = place if place.is_dir() else place.parent
    for note in (folder / "README.md", folder.parent / "README.md"):
        if note.is_file() and not note.is_symlink() and note.stat().st_size <= MOST_NOTE:
            block = re.search(
                r"class_label:\s*\n\s*names:\s*\n((?:\s*'?\d+'?:.*\n)+)", note.read_text("utf-8", "replace")
            )
            return [name for _, name in sorted(_numbered(block[1]))] if block else []
    return []


def _numbered(block: str) -> Iterator[tuple[int, str]]:
    for number, name in re.findall(r"'?(\d{1,7})'?:\s*(.*)", block):
        yield int(number), name.strip().strip("'\"")
