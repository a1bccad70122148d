"""Folders as ``save_pretrained`` and timm leave them: ``config.json`` says what lies in them; read without torch."""

import json
import math
import re
from pathlib import Path
from typing import Any

from explorer.core.errors import ExplorerError
from explorer.models.libraries.local_files import file_inside
from explorer.models.libraries.timm_names import PREFIX

CONFIG, PICTURES, ADAPTER = "config.json", "preprocessor_config.json", "adapter_config.json"
# What open_clip writes beside its weights.
OPEN_CLIP = "open_clip_config.json"
# Files of weights in the order in which they are taken, and lists of such files.
WEIGHTS = ("model.safetensors", "pytorch_model.bin")
LISTS = ("model.safetensors.index.json", "pytorch_model.bin.index.json")
# Configurations are some kilobytes, with many classes a megabyte; a list of the files of a large network as well.
MOST_BYTES = 8 * 2**20
# Files that may stand in for weights.
LOOKED = ("*.safetensors", "*.bin", "*.onnx", "onnx/*.onnx", "*.msgpack", "*.h5")
# Weights of other libraries -> the option that reads them.
OTHERS = {"flax_model.msgpack": "from_flax", "tf_model.h5": "from_tf"}
HUGGING_FACE = "hugging-face"
# Words in the names of numbers that count layers, and in those that do not, such as ``stage_out_channels``.
COUNTS, WIDTHS = ("layer", "depth", "block", "stage"), ("channel", "dim", "size", "width")
# Names of classes, of which there may be tens of thousands.
LABELS = ("id2label", "label2id", "label_names", "label_descriptions", "labels")


def model_folder(path: str) -> Path | None:
    """Return the folder of a network: ``path`` itself, or where ``path`` is its file of weights or its configuration; else None."""
    given = Path(path)
    try:
        if given.is_dir():
            return given if (given / CONFIG).is_file() else None
        named = given.name in (CONFIG, PICTURES, *WEIGHTS, *LISTS)
        return given.parent if named and (given.parent / CONFIG).is_file() else None
    except (OSError, ValueError):
        return None


def word_of_folder(folder: Path) -> str:
    """Return the name of the network in a folder: timm's, where timm wrote it, else :data:`HUGGING_FACE`; empty for no network."""
    try:
        config = read_json(folder / CONFIG)
    except ExplorerError:
        return ""
    if isinstance(config.get("architecture"), str):
        return PREFIX + config["architecture"]
    return HUGGING_FACE if isinstance(config.get("model_type"), str) else ""


def read_json(file: Path) -> dict[str, Any]:
    """Return a file's JSON object.

    Raises:
        ExplorerError: it is too large or damaged, or holds something else.
    """
    try:
        if file.stat().st_size > MOST_BYTES:
            raise ExplorerError(f"{file} is too large for a configuration; give the one that belongs to the network.")
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ExplorerError(f"{file} cannot be read as JSON; copy the folder again.") from error
    if not isinstance(content, dict):
        raise ExplorerError(f"{file} holds no JSON object; copy the folder again.")
    return content


def weight_files(folder: Path) -> list[Path]:
    """Return the files of a folder's weights: one, or those that its list names; safetensors before pickles.

    Raises:
        ExplorerError: there are none, or one is missing or lies outside the folder.
    """
    for single, many in zip(WEIGHTS, LISTS, strict=True):
        if (folder / single).is_file():
            return [folder / single]
        if (folder / many).is_file():
            names = read_json(folder / many).get("weight_map")
            listed = sorted({str(name) for name in names.values()}) if isinstance(names, dict) else []
            files = [file_inside(folder, name, folder / many) for name in listed]
            if files and all(file.suffix == Path(single).suffix for file in files):
                return files
            raise ExplorerError(f"{folder / many} does not name the files of the weights; copy the folder again.")
    raise ExplorerError(f"{folder} has a {CONFIG}, but no weights ({' or '.join(WEIGHTS)}); {_instead(folder)}.")


def _instead(folder: Path) -> str:
    """Return what to do with a folder that lacks the usual file of weights, by what lies in it, in the imperative."""
    names = sorted(path.relative_to(folder).as_posix() for pattern in LOOKED for path in folder.glob(pattern))
    for name in names:
        if re.search(r"-\d{5}-of-\d{5}\.\w+$", name):
            return f"it holds parts of them, but not their list, {LISTS[0]}; copy that file, too"
        if name.endswith(".onnx"):
            return f"it holds an ONNX file: give --checkpoint {folder / name}"
        if re.fullmatch(r"(pytorch_)?model\.[\w-]+\.(safetensors|bin)", name):
            return f"copy {name} to {name.split('.')[0]}.{name.split('.')[-1]} beside it"
        if name in OTHERS:
            return f"{name} is of another library; turn it where transformers 4 is: AutoModelForImageClassification.from_pretrained(FOLDER, {OTHERS[name]}=True).save_pretrained(FOLDER)"
    return "put the file of weights beside it"


def timm_settings(config: dict[str, Any]) -> dict[str, Any]:
    """Return timm's ``pretrained_cfg`` in a ``config.json``; of timm before 0.8 it is the file itself. Empty where timm did not write it.

    A training's own settings may name an architecture as well; they say nothing of pictures as timm does.
    """
    says = any(isinstance(config.get(key), list) for key in ("mean", "std", "input_size"))
    given = config if says and isinstance(config.get("architecture"), str) and "pretrained_cfg" not in config else {}
    inner = config.get("pretrained_cfg", given)
    return {key: value for key, value in inner.items() if value is not None} if isinstance(inner, dict) else {}


def label_names(config: dict[str, Any]) -> tuple[str, ...]:
    """Return the names of the outputs in their order, as ``id2label`` or timm's ``label_names`` has them; none where they are numbers."""
    places = (config.get("id2label"), config.get("label_names"), timm_settings(config).get("label_names"))
    given = next((each for each in (*places, config.get("labels")) if each), None)
    names = [given.get(str(place)) for place in range(len(given))] if isinstance(given, dict) else given
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return ()
    return () if all(name.startswith("LABEL_") for name in names) else tuple(names)


def check_sizes(config: Any, file: Path, most_layers: int = 1_000, most: int = 1_000_000) -> None:
    """Refuse a configuration whose numbers ask for more layers or numbers than any network has.

    Raises:
        ExplorerError: one does; the sentence names it.
    """
    waiting: list[tuple[str, Any]] = [("", config)]
    while waiting:
        key, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [(str(name), inner) for name, inner in value.items() if name not in LABELS]
        elif isinstance(value, list):
            waiting += [(key, inner) for inner in value]
            if len(value) > most_layers:
                raise ExplorerError(f"{file} lists {len(value):,} numbers for {key[:40]}; no network has as many.")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            whole = math.isfinite(value) and value == int(value)
            counts = any(word in key for word in COUNTS) and not any(word in key for word in WIDTHS)
            limit = most_layers if whole and counts else most
            if math.isfinite(value) and abs(value) > limit:
                raise ExplorerError(f"{file} has {key[:40]} = {value:,}; no network is as large.")
