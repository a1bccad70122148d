"""What the name of a folder says: a side of the data, something hidden, a tool's output, pictures without labels, a container."""

import functools
import re
from collections.abc import Iterable

from explorer.datasets.doubts.reading import CONTAINER_WORDS, UNLABELLED_WORDS


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words for the sides, in the order in which they are taken: a folder called test is preferred to one called val.
TRAIN_WORDS = (
    "train",
    "training",
    "trainval",
    "trn",
    "trainings",
    "entrainement",
    "entraînement",
    "entrenamiento",
    "treino",
)
TEST_WORDS = ("test", "testing", "tst", "holdout", "heldout", "eval", "evaluation", "evaluate", "prueba", "teste")
VAL_WORDS = (
    "val",
    "valid",
    "validation",
    "validate",
    "dev",
    "devel",
    "development",
    "validierung",
    "validierungs",
    "validacion",
    "validación",
    "validação",
)
# Words that say no more than that there are pictures; numbers count as such (test1).
FILLING = _words(
    "set sets data dataset datasets image images img imgs jpg jpeg png photo photos picture pictures pics "
    "folder folders dir split splits seg sample samples file files sorted mini small tiny full public final"
)
# Folders that hold no pictures of a person's: caches and environments. A name with a dot before it is hidden.
SYSTEM = _words(
    "@eadir __macosx __pycache__ lost+found $recycle.bin #recycle node_modules venv site-packages .git"
    " thumbnails .thumbnails __thumbs__"
) | {"system volume information"}
# Folders that tools of training make beside the data; no class is called so but ``runs``, which is said.
TOOLS = _words("runs wandb mlruns mlartifacts lightning_logs tb_logs tensorboard comet_ml dvclive clearml")
# Folders of pictures for which labels are to be predicted.
UNLABELLED = UNLABELLED_WORDS | frozenset(("pred", "seg_pred", "predict", "prediction", "inference", "submission"))
# Folders that hold what belongs to pictures, never the pictures themselves.
COMPANIONS = _words(
    "annotation annotations mask masks trimap trimaps label labels meta metadata bbox bboxes boxes segmentation "
    "segmentations groundtruth ground_truth gt xml xmls attributes parts devkit docs doc scripts code src imagesets "
    "thumbs preview previews segmentationclass segmentationobject gtfine"
)


@functools.lru_cache(4096)  # of folders there are few, and each picture lies in one
def side_of(name: str) -> str:
    """Return the side that a folder or list is named after, ``"train"``, ``"test"`` or ``"val"``; empty where it is none."""
    words = words_of(name)
    if len(words) != 1:
        return ""
    return next((side for side, known in _SIDES.items() if words[0] in known), "")


def words_of(name: str) -> list[str]:
    """Return the words of a name that say more than that there are pictures, in small letters: ``Test_Images1`` is ``test``."""
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)
    split = re.sub(r"(?i)(hold|held)[\W_]out", "holdout", split)
    words = [word.rstrip("0123456789") for word in re.split(r"[\W_]+", split.casefold())]
    words = [_without_filling(word) for word in words]
    return [word for word in words if word and word not in FILLING]


def rank(name: str) -> int:
    """Return in which order a folder of a side is taken: small is first."""
    words = words_of(name)
    known = [*TRAIN_WORDS, *TEST_WORDS, *VAL_WORDS]
    return known.index(words[0]) if words and words[0] in known else len(known)


def paired_sides(names: Iterable[str]) -> dict[str, str]:
    """Return the sides of folders whose names differ in the word for a side only, such as ``cars_train`` and ``cars_test``."""
    found = _by_rest(names)
    whole = [group for group in found.values() if "train" in group.values() and len(set(group.values())) > 1]
    return whole[0] if len(whole) == 1 else {}


def _by_rest(names: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return the side of each name that has one word for a side among others, by those others."""
    found: dict[str, dict[str, str]] = {}
    for name in names:
        words = words_of(name)
        sides = [word for word in words if side_of(word)]
        if len(words) > 1 and len(sides) == 1:
            found.setdefault(" ".join(word for word in words if word != sides[0]), {})[name] = side_of(sides[0])
    return found


def name_sides(names: Iterable[str]) -> list[str]:
    """Return the names that differ in the word for a side only, such as ``cat_train`` and ``cat_test``, of however many classes."""
    return [name for group in _by_rest(names).values() if len({*group.values()}) > 1 for name in group]


def side_within(name: str) -> str:
    """Return the side that one word of a name stands for, such as ``id_test``; empty where none does, or several."""
    sides = {side for word in words_of(name) if (side := side_of(word))}
    return sides.pop() if len(sides) == 1 else ""


def is_hidden(name: str) -> bool:
    """Return whether a folder is a system's or a tool's own, which no person puts pictures into."""
    return (name.startswith(".") and not name.startswith("..")) or name.casefold() in SYSTEM


def is_tool(name: str) -> bool:
    """Return whether a folder is named like the output of a tool of training."""
    return name.casefold() in TOOLS


def is_unlabelled(name: str) -> bool:
    """Return whether a folder is named like pictures that nobody has labelled."""
    return name.casefold() in UNLABELLED


def is_companion(name: str) -> bool:
    """Return whether a folder is named like what belongs to pictures, such as masks."""
    return name.casefold() in COMPANIONS


def is_container(name: str) -> bool:
    """Return whether a folder is named like one for all pictures, such as ``images`` or ``HAM10000_images_part_1``."""
    words = re.split(r"[\W_]+", name.casefold())
    return name.casefold() in CONTAINER_WORDS or bool({"images", "imgs", "jpegimages", "part", "batch"} & {*words})


def _without_filling(word: str) -> str:
    """Return a word without a filling that is written together with it: ``trainset``, ``testdata``."""
    for filling in ("ing_set", "set", "data", "daten", "images", "imgs", "folder"):
        if word.endswith(filling) and side_of_word(word.removesuffix(filling)):
            return word.removesuffix(filling)
    return word


def side_of_word(word: str) -> str:
    """Return the side that one word in small letters names; empty where it names none."""
    return next((side for side, known in _SIDES.items() if word in known), "")


_SIDES = {"train": TRAIN_WORDS, "test": TEST_WORDS, "val": VAL_WORDS}
