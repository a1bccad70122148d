"""What is doubtful in a reading of a data set: class names that no person means.

Each doubt is one sentence: what was found, and what to do. A build stops where there is one, unless it is told to take
the data as they were read.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence

# Names by which people call a side of their data.
SIDE_WORDS = frozenset(
    (
        "train",
        "training",
        "trainset",
        "train_set",
        "training_set",
        "test",
        "testing",
        "testset",
        "test_set",
        "test1",
        "val",
        "valid",
        "validation",
        "validation_set",
        "val_set",
        "valset",
        "dev",
        "devset",
        "eval",
        "evaluation",
        "holdout",
        "seg_train",
        "seg_test",
        "seg_pred",
        "pred",
        "predict",
        "inference",
        "submission",
    )
)
# Names of folders that hold all pictures, or what belongs to them, and no class.
CONTAINER_WORDS = frozenset(
    (
        "image",
        "images",
        "img",
        "imgs",
        "jpegimages",
        "jpg",
        "jpeg",
        "png",
        "picture",
        "pictures",
        "photo",
        "photos",
        "data",
        "dataset",
        "datasets",
        "raw",
        "annotation",
        "annotations",
        "mask",
        "masks",
        "trimaps",
        "labels",
        "meta",
        "metadata",
        "bbox",
        "bboxes",
        "segmentation",
        "segmentations",
        "color",
        "grayscale",
        "segmented",
    )
)
# Names of folders that tools make beside the data.
TOOL_WORDS = frozenset(
    (
        "runs",
        "run",
        "wandb",
        "mlruns",
        "lightning_logs",
        "logs",
        "log",
        "checkpoints",
        "weights",
        "output",
        "outputs",
        "result",
        "results",
        "thumbnails",
        "thumbs",
        "cache",
        "__pycache__",
        "venv",
        "node_modules",
        "plots",
        "figures",
        "predictions",
        "gradcam",
        "grad_cam",
        "heatmaps",
        "visualizations",
        "visualisations",
        "@eadir",
        "__macosx",
        "lost+found",
    )
)
# Names for pictures that nobody has labelled.
UNLABELLED_WORDS = frozenset(
    ("unlabeled", "unlabelled", "_unlabeled", "_unlabelled", "unlabeled_data", "unsup", "no_label", "nolabel")
)
# What systems call a folder that nobody has named.
UNNAMED = re.compile(
    r"(new folder|untitled folder|neuer ordner|nouveau dossier|nueva carpeta|nova pasta|nuova cartella)( ?\(?\d+\)?)?",
    re.IGNORECASE,
)
# What systems add to the name of a copy.
COPY = re.compile(r"( \(\d+\)|[ _-]*copy( ?\(?\d+\)?)?|[ _-]*kopie)$|^copy of ", re.IGNORECASE)
# What a table writes where it has no label.
EMPTY_LABELS = frozenset(("nan", "None", "null", "NA", "n/a", "N/A", "<NA>", "-1", "-1.0", "?"))
# Words above that real classes have as well: they are doubted only beside another word of these lists.
POSSIBLE = frozenset(
    (
        "mask",
        "masks",
        "photo",
        "photos",
        "data",
        "labels",
        "raw",
        "color",
        "grayscale",
        "segmented",
        "segmentation",
        "run",
        "log",
        "cache",
        "weights",
        "output",
        "result",
        "plots",
        "figures",
        "dev",
        "pred",
        "png",
        "jpg",
        "jpeg",
    )
)
# A side among other words of a name, as in bounding_box_train; in a set of few classes it is no vehicle.
SIDE_WITHIN, FEW = (
    re.compile(r"[_-](train|training|test|testing|val)$|^(train|training|test|testing|val)[_-]", re.IGNORECASE),
    3,
)
# Names that a sentence shows before it says how many more there are.
SHOWN = 3

KINDS: tuple[tuple[Callable[[str, Collection[str]], bool], str], ...] = (
    (
        lambda name, names: _is_side(name, names),
        "named like a side of the data (training, test), not like a class; give the folder above or within it, or a list of paths and labels",
    ),
    (
        lambda name, names: _is_word(name, CONTAINER_WORDS, names),
        "named like a container of pictures or of annotations, not like a class; give the folder with one folder a class",
    ),
    (
        lambda name, names: _is_word(name, TOOL_WORDS, names),
        "named like the output of a tool, not like a class; move it out of the data",
    ),
    (
        lambda name, _: name.casefold() in UNLABELLED_WORDS,
        "named like pictures without a label, not like a class; move them out of the data",
    ),
    (
        lambda name, names: bool(COPY.search(name)) and COPY.sub("", name) in names,
        "named like a copy of another class; put both together, or take the copy out",
    ),
    (
        lambda name, _: bool(UNNAMED.fullmatch(name)),
        "named as systems call a new folder; give it the name of its class",
    ),
    (
        lambda name, names: name.startswith("_") and not all(other.startswith("_") for other in names),
        "named like something put aside, by the _ before it; move it out of the data",
    ),
    (lambda name, _: name.startswith("."), "hidden, and tools make such folders; move it out of the data"),
    (
        lambda name, _: name in EMPTY_LABELS or name.casefold() == "nan",
        "what a table writes where it has no label; fill these labels, or take the lines out",
    ),
    (lambda name, _: _is_decimal(name), "a number with a decimal point; write classes as names or whole numbers"),
    (
        lambda name, names: _is_several(name, names),
        "several labels in one, as it seems; this program takes one label a picture",
    ),
)


def class_doubts(names: Sequence[str]) -> list[str]:
    """Return what is doubtful about class names: one sentence for each kind of doubt."""
    found = []
    known = frozenset(names)
    for doubted, reason in KINDS:
        if those := [name for name in names if doubted(name, known)]:
            found.append(f"{_classes(those)} {'is' if len(those) == 1 else 'are'} {reason}.")
    return found + _near_names(names)


def lost_classes(lost: Sequence[str]) -> list[str]:
    """Return a sentence on classes of which no picture can be used."""
    if not lost:
        return []
    were = "was" if len(lost) == 1 else "were"
    return [f"No picture of {some(lost)} can be used, so {were} left out as a class; mend its files, or take it out."]


def some(names: Sequence[str]) -> str:
    """Return the first names of a list, and how many more there are."""
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _classes(names: Sequence[str]) -> str:
    return f"{'The class' if len(names) == 1 else 'The classes'} {some([repr(name) for name in names])}"


def _is_word(name: str, words: frozenset[str], names: Collection[str]) -> bool:
    """Return whether a class is named by one of some words; a word that real classes have counts only beside another doubtful one."""
    word = name.casefold()
    if word not in words or word not in POSSIBLE:
        return word in words
    return any(other != name and other.casefold() in SIDE_WORDS | CONTAINER_WORDS | TOOL_WORDS for other in names)


def _is_side(name: str, names: Collection[str]) -> bool:
    """Return whether a class is named like a side; ``train`` alone among others may be a vehicle."""
    if not _is_word(name, SIDE_WORDS, names):
        return len(names) <= FEW and bool(SIDE_WITHIN.search(name))
    others = [other for other in names if other.casefold() in SIDE_WORDS]
    return not (name.casefold() == "train" and len(others) == 1 and len(names) > 2)


def _is_decimal(name: str) -> bool:
    whole, point, rest = name.lstrip("+-").partition(".")
    return bool(point) and whole.isdecimal() and rest.isdecimal()


def _is_several(name: str, names: Iterable[str]) -> bool:
    """Return whether a label reads like several: ``cat|outdoor``, ``["cat", "pet"]``, ``7 1``, or ``cat, dog`` and ``rust scab`` where each part is a class of its own."""
    if any(mark in name.strip("|;") for mark in "|;"):
        return True
    words = name.split()
    if (name.startswith("[") and name.endswith("]")) or (len(words) > 1 and all(map(str.isdecimal, words))):
        return True
    parts = [part.strip() for part in name.split(",")]
    return any(len(each) > 1 and all(part in names for part in each) for each in (parts, words))


def _near_names(names: Sequence[str]) -> list[str]:
    """Return a sentence where two classes differ by capitals, spaces or a number's form only."""
    alike = defaultdict(list)
    for name in names:
        alike[_plain(name)].append(name)
    pairs = [f"{' and '.join(map(repr, same))}" for same in alike.values() if len(same) > 1]
    plural = [f"{alike[one][0]!r} and {alike[one + 's'][0]!r}" for one in alike if one + "s" in alike and len(one) > 2]
    found = [(pairs, "capitals or spaces"), (plural, "the letter s at the end")]
    return [
        f"The classes {some(names)} differ by {what} only; give them one name if they are one class."
        for names, what in found
        if names
    ]


def _plain(name: str) -> str:
    """Return a name without what people and systems write differently: capitals, spaces, zeros before a number, composed letters."""
    if re.fullmatch(r"-\d+", name):  # a number below zero
        return name
    words = unicodedata.normalize("NFKC", name).casefold().replace("_", " ").replace("-", " ").split()
    return re.sub(r"(?<!\d)0+(?=\d)", "", "".join(words))
