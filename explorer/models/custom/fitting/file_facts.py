"""What a training program wrote beside the weights: the names of the classes, and of the network."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from explorer.models.custom.fitting.weight_sets import table_of

# Keys of the outputs' names: a list, a table from number to name, or one from name to number.
CLASS_KEYS = (
    "class_names",
    "classes",
    "CLASSES",
    "class_to_idx",
    "idx_to_class",
    "id2label",
    "label2id",
    "names",
    "labels",
    "categories",
)
# Keys of the network's name.
ARCHITECTURE_KEYS = ("arch", "architecture", "model_name", "backbone", "encoder_name", "model")
# Tables beside the weights in which both are looked for.
TABLES = ("hyper_parameters", "args", "config", "cfg", "opt", "meta", "hparams", "datamodule_hyper_parameters")
# mmengine keeps its own a level deeper: a table, and the one in it.
DEEPER = ("meta", "dataset_meta")
# Settings of a training program's pictures, and arguments of its network.
TRAINED = ("img_size", "input_size", "image_size", "crop_pct", "interpolation", "mean", "std", "gp", "in_chans", "model_kwargs", "val_resize_size", "val_crop_size")  # fmt: skip
FEW, WORD = 8, re.compile(r"[\w.-]{1,30}")
LONGEST, MOST = 60, 100_000


def classes_in(content: Any) -> tuple[str, ...]:
    """Return the names of the outputs that a file holds beside the weights; none where it holds none."""
    for table in _tables(content):
        for key in CLASS_KEYS:
            if names := _names(table.get(key)):
                return names
    return ()


def _names(value: Any) -> tuple[str, ...]:
    if (
        isinstance(value, list | tuple)
        and value
        and len(value) <= MOST
        and all(isinstance(name, str) for name in value)
    ):
        return tuple(value)
    pairs = list(value.items()) if isinstance(value, Mapping) and len(value) <= MOST else []
    if pairs and all(isinstance(key, str) and type(number) is int for key, number in pairs):
        pairs = [(number, key) for key, number in pairs]
    numbered = {int(key): name for key, name in pairs if _number(key) and isinstance(name, str)}
    if len(numbered) < len(pairs) or set(numbered) != set(range(len(pairs))):
        return ()
    return tuple(numbered[place] for place in range(len(pairs)))


def _number(key: Any) -> bool:
    return type(key) is int or (isinstance(key, str) and key.isascii() and key.isdigit() and len(key) < 7)


def architecture_note(content: Any, name: str) -> list[str]:
    """Return the sentence for a file that names another network than the one it was read as; else none."""
    for table in _tables(content):
        for key in ARCHITECTURE_KEYS:
            word = table.get(key)
            if isinstance(word, str) and re.fullmatch(r"[A-Za-z][\w.\-/]*", word) and len(word) <= LONGEST:
                return [] if _plain(word) == _plain(name) else [_other(word, name)]
    return []


def training_note(content: Any) -> list[str]:
    """Return the sentence on the pictures and the network's arguments that a training program was given, where it kept them; else none."""
    for table in _tables(content):
        given = [f"{key} {_shown(table[key])}" for key in TRAINED if _told(table.get(key))]
        if given:
            return [
                f"Its training program was given {', '.join(given)}; see that pictures and network are so here (--size, --crop, --interpolation, --mean, --std)."
            ]
    return []


def _told(value: Any) -> bool:
    """Return whether a setting says something: a number, a word, or a few of them."""
    if isinstance(value, Mapping):
        inside = value.items() if 0 < len(value) <= FEW else ()
        named = [WORD.fullmatch(str(key)) and not isinstance(each, Mapping) and _told(each) for key, each in inside]
        return bool(named) and all(named)
    if isinstance(value, list | tuple):
        return 0 < len(value) <= FEW and all(isinstance(each, int | float) for each in value)
    word = isinstance(value, str) and WORD.fullmatch(value) is not None
    return word or (isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e6)


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={_shown(each)}" for key, each in value.items())
    return ",".join(f"{each:g}" for each in value) if isinstance(value, list | tuple) else f"{value}"


def _other(word: str, name: str) -> str:
    return f"Its file calls the network {word}, and it was read as {name}: equal names of tensors are no proof that both compute the same."


def _plain(word: str) -> str:
    known = word.lower().removeprefix("timm/").removeprefix("torchvision").removeprefix("tv_")
    return re.sub(r"[^a-z0-9]", "", known)


def _tables(content: Any) -> Iterator[Mapping[Any, Any]]:
    whole = table_of(content)
    yield whole
    for key in TABLES:
        yield table_of(whole.get(key))
    yield table_of(table_of(whole.get(DEEPER[0])).get(DEEPER[1]))
