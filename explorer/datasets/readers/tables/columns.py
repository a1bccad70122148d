"""Which columns of a list name pictures, labels and sides, by their names and by what stands in them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from explorer.datasets.choices import NO_CHOICES, Choices
from explorer.datasets.doubts.folder_names import side_of, side_within
from explorer.datasets.readers.tables.headless import is_picture

# Names of columns, without spaces, underscores and capitals, in the order in which they are taken.
_PATHS = (
    "path filename file image filepath imgfilename imagepath imgpath imagefile imagefilename imagename imgname img imageid imgid "
    "images isicid frame imageindex picture photo fname filenames filepaths relativepath relpath fullpath imagefilepath id idcode name uuid"
)
_LABELS = (
    "label class labels classname labelname finelabel finelabels target category categoryname species breed subcategory subclass classid labelid classidx choice "
    "diagnosis dx y tag variety cultivar disease scene emotion expression level grade severity finding findinglabels "
    "klasse classe clase etiqueta etiquette kategorie categorie categoria especie espece rasse "
    "groundtruth gt truth genus object classes categoryid targetname benignmalignant scientificname taxonname commonname "
    "questionspecies predictionstring coarselabel coarselabels name"
)
PATHS, LABELS = tuple(_PATHS.split()), tuple(_LABELS.split())
# Names of columns that say the same as the label where they are one-to-one with it, and else something that matters.
_RIVALS = "label class labels classname labelname finelabel target category species breed subcategory subclass"
RIVALS = frozenset(_RIVALS.split())
# Columns of sides, without capitals, spaces, underscores and hyphens.
_SIDE_COLUMNS = "split set subset partition fold phase usage datasplit splitname traintest"
SIDE_COLUMNS = tuple(_SIDE_COLUMNS.split())
# ``dataset`` is such a column in lists that people write.
SPLITS = (*SIDE_COLUMNS, "dataset")
FLAGS = {
    "istrain": "train",
    "istraining": "train",
    "istest": "test",
    "istesting": "test",
    "isvalid": "val",
    "isval": "val",
}
FLAGS |= {"isvalidation": "val", "train": "train", "test": "test", "valid": "val", "validation": "val"}
TRUE, FALSE = frozenset(("1", "1.0", "true", "yes", "t", "y")), frozenset(("0", "0.0", "false", "no", "f", "n", ""))
# Columns of texts about a picture and of times, which may repeat and are no classes.
NO_LABELS = frozenset(
    ("caption", "captions", "text", "title", "description", "comment", "comments", "date", "time", "timestamp", "url")
)
# Values of columns in which exactly one class of several is marked.
MARKS = {"0": 0, "0.0": 0, "1": 1, "1.0": 1, "false": 0, "true": 1, "-1": 0}
# Columns of boxes within pictures, and of several words about one picture.
BOXES, WORDS = (
    (frozenset(("xmin", "ymin")), frozenset(("x1", "y1", "x2", "y2")), frozenset(("bbox",))),
    frozenset(("tags", "keywords", "attributes", "predictionstring")),
)
# Lines by which columns are chosen.
SAMPLE = 200


@dataclass(frozen=True)
class Columns:
    """The columns of a list.

    Attributes:
        path: of the pictures; ``label`` of the labels, the first that has a value.
        split: of the sides; ``flags`` are columns that mark one side each, by that side.
        marked: columns of classes of which one is marked in each line.
        rivals: columns that may name the class as well.
        unused: columns that look like sides and cannot be read as such, with their values.
        several: whether lines mark several classes, or none.
        names: of all columns.
    """

    path: tuple[str, ...]
    label: tuple[str, ...]
    split: str = ""
    flags: Mapping[str, str] = field(default_factory=dict)
    marked: tuple[str, ...] = ()
    rivals: tuple[str, ...] = ()
    unused: Mapping[str, Sequence[str]] = field(default_factory=dict)
    several: bool = False
    names: Sequence[str] = ()

    @property
    def complete(self) -> bool:
        """Whether there are pictures and labels."""
        return bool(self.path and (self.label or self.marked))


def columns_of(names: Sequence[str], sample: Sequence[Mapping[str, Any]], choices: Choices = NO_CHOICES) -> Columns:
    """Return the columns of a list by their names, and by the first lines where names do not tell."""
    plain = {name: key(name) for name in names}
    path = _chosen(choices.path, plain) if choices.path else _known(PATHS, plain)
    path = path or (() if choices.path else _holding_pictures(names, sample))
    named = _known(LABELS, plain)
    label = _chosen(choices.label, plain) if choices.label else tuple(name for name in named if name not in path[:1])
    if not choices.path and label[:1] and path[:1] == label[:1]:
        path = path[1:]
    label = label if choices.label else _named_first(label, sample)
    others = [name for name in names if name not in path] or [*names[-1:]]
    if (
        path
        and not label
        and len(names) == 2
        and key(others[0]) not in {*SPLITS, *FLAGS, *NO_LABELS}
        and _repeats(sample, others[0])
    ):
        label = (others[0],)
        path = tuple(name for name in path if name not in label)
    marked, several = ((), False) if label or not path else _marked(names, path, sample)
    split, flags, unused = _sides(plain, sample, {*path[:1], *label}, choices)
    rivals = () if choices.label else tuple(name for name in label[1:] if plain[name] in RIVALS)
    return Columns(path, label, split, flags, marked, rivals, unused, several, names)


def _named_first(label: tuple[str, ...], sample: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return columns of labels, those of names before one of numbers that says the same, as ``Label`` and ``ClassName`` do."""
    if not label or not all(text(line.get(label[0])).isdecimal() for line in sample):
        return label
    for name in label[1:]:
        pairs = {(text(line.get(label[0])), text(line.get(name))) for line in sample}
        sizes = {len(pairs), len({number for number, _ in pairs}), len({word for _, word in pairs})}
        if len(sizes) == 1 and all(word and not word[0].isdecimal() for _, word in pairs):
            return (name, *(other for other in label if other != name))
    return label


def is_of_boxes(names: Sequence[str]) -> bool:
    """Return whether the lines of a list mark boxes within pictures."""
    plain = {key(name) for name in names}
    return any(box <= plain for box in BOXES)


def key(name: str) -> str:
    """Return a column's name without what people write differently: ``Image Name`` is ``imagename``."""
    return re.sub(r"[\s_\-.]+", "", name.strip().casefold())


def text(value: Any) -> str:
    """Return what stands in a cell, without spaces around it; empty where that is neither text nor a number."""
    return str(value).strip() if isinstance(value, str | int | float) else ""


def _chosen(given: str, plain: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(name for name in plain if given and (name == given or plain[name] == key(given)))


def _known(order: Sequence[str], plain: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(name for wanted in order for name in plain if plain[name] == wanted)


def _holding_pictures(names: Sequence[str], sample: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the only column whose every value is called like a picture file, whatever language its name is in."""
    found = [name for name in names if sample and all(is_picture(text(line.get(name))) for line in sample)]
    return tuple(found) if len(found) == 1 else ()


def _repeats(sample: Sequence[Mapping[str, Any]], name: str) -> bool:
    """Return whether a column has two values or more, and fewer than lines: what classes have and names of pictures have not."""
    values = [text(line.get(name)) for line in sample]
    return 1 < len({*values}) < len(values)


def _marked(
    names: Sequence[str], path: Sequence[str], sample: Sequence[Mapping[str, Any]]
) -> tuple[tuple[str, ...], bool]:
    """Return the columns of which exactly one is marked in each line, or whether several are; nothing where they hold other values."""
    given = [name for name in names if name not in path]
    found = [name for name in given if sample and all(text(line.get(name)).casefold() in MARKS for line in sample)]
    if len(found) < 2 or len(found) < len(given) - 2:
        return (), False
    sums = [sum(MARKS[text(line.get(name)).casefold()] for name in found) for line in sample]
    return (tuple(found), False) if all(total == 1 for total in sums) else ((), True)


def _sides(
    plain: Mapping[str, str], sample: Sequence[Mapping[str, Any]], taken: set[str], choices: Choices
) -> tuple[str, dict[str, str], dict[str, list[str]]]:
    """Return the column of sides, or the columns that mark one, and those that cannot be read as sides."""
    if chosen := _chosen(choices.split, plain):
        return chosen[0], {}, {}
    unused: dict[str, list[str]] = {}
    for name in (name for name in _known(SPLITS, plain) if name not in taken):
        values = sorted({text(line.get(name)) for line in sample})
        sides = {side_within(value) for value in values if value}
        if plain[name] == "split" and not choices.test and not all(value.isdecimal() for value in values):
            return name, {}, unused
        if choices.test or (sides and "" not in sides):
            return name, {}, unused
        if len(values) > 1:
            unused[name] = values
    for name in (name for name in plain if name not in taken and name not in unused):
        found = {side_of(text(line.get(name))) for line in sample}
        if "" not in found and "train" in found and len(found) > 1:  # whatever it is called: ml_use, Train/Test
            return name, {}, {}
    flags = {name: FLAGS[word] for name, word in plain.items() if word in FLAGS and name not in taken}
    known = {name: side for name, side in flags.items() if _is_flag(sample, name)}
    return "", known, {} if known else unused


def _is_flag(sample: Sequence[Mapping[str, Any]], name: str) -> bool:
    return all(text(line.get(name)).casefold() in TRUE | FALSE for line in sample)
