"""Which network of transformers a folder describes: one that the library brings, with settings that lead to no other code."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.core.errors import ExplorerError
from explorer.core.torchvision_compat import torchvision as torchvision  # before transformers, which imports it itself
from explorer.models.custom.files.folders import MERGE
from explorer.models.libraries.extras import needed
from explorer.models.libraries.model_folders import ADAPTER, CONFIG, check_sizes, model_folder, read_json

# Kinds of two-sided networks -> the part that sees pictures; its settings lie in ``vision_config``.
VISION = {
    "clip": "CLIPVisionModel",
    "clip_vision_model": "CLIPVisionModel",
    "siglip": "SiglipVisionModel",
    "siglip_vision_model": "SiglipVisionModel",
}
# Settings that lead to code of other people, or to other ways of computing; the network is built without them.
LEFT_OUT = (
    "auto_map",
    "_name_or_path",
    "_attn_implementation",
    "attn_implementation",
    "_experts_implementation",
    "use_kernels",
)
# Kinds of networks that are given points or patches of pictures, and no pictures.
IN_PARTS = ("imagegpt", "perceiver", "siglip2", "siglip2_vision_model")
# Settings that need other libraries, with what is said of them.
REFUSED = {
    "quantization_config": "weights of whole numbers (quantised)",
    "use_timm_backbone": "a part that is fetched from timm",
    "peft_config": "an adapter, not a whole network",
}


@dataclass(frozen=True, eq=False)
class ChosenModel:
    """A class of transformers and what it is built with.

    Attributes:
        network: the class.
        config: its configuration, without what leads to other code.
        settings: the folder's ``config.json``.
        classifies: whether it ends in class scores.
    """

    network: Any
    config: Any
    settings: dict[str, Any]
    classifies: bool

    @property
    def kind(self) -> str:
        """The library's word for the network, such as ``vit``."""
        return str(self.settings["model_type"])


def folder_of(path: str) -> Path:
    """Return the folder of a network.

    Raises:
        ExplorerError: there is none.
    """
    folder = model_folder(path)
    if folder is None:
        raise ExplorerError(f"There is no folder with a {CONFIG} at {path}; give the one that save_pretrained wrote.")
    return folder


def chosen_model(folder: Path) -> ChosenModel:
    """Return the network that a folder's ``config.json`` describes.

    Raises:
        ExplorerError: transformers is not installed, or the network takes no pictures, is not its own, or is too large.
    """
    transformers = needed("transformers", f"{folder} is of Hugging Face, which")[0]
    transformers.utils.logging.set_verbosity_error()  # what is lacking is told in a sentence
    transformers.utils.logging.disable_progress_bar()
    settings = read_json(folder / CONFIG)
    check_sizes(settings, folder / CONFIG)
    _check_alone(folder, settings)
    for key, what in REFUSED.items():
        if settings.get(key):
            raise ExplorerError(f"{folder} holds {what}, which is not read; save the network without it.")
    kind, plain = str(settings.get("model_type")), _plain(settings)
    if kind in IN_PARTS:
        raise ExplorerError(
            f"{folder} is of {kind}, which is given points or patches of pictures and no pictures; save it with what makes them: torch.onnx.export(both.eval(), (images,), 'net.onnx')."
        )
    name, classifies = _class_name(folder, settings, transformers)
    network = getattr(transformers, name)
    if kind in VISION and not classifies and isinstance(plain.get("vision_config"), dict):
        plain = plain["vision_config"]
    try:
        config = network.config_class.from_dict(plain)
    except Exception as error:  # transformers checks settings in many ways
        reason = " ".join(str(error).split())[:120].rstrip(".")
        raise ExplorerError(f"{folder / CONFIG} cannot be used ({reason}); copy the folder again.") from error
    return ChosenModel(network, config, settings, classifies)


def _check_alone(folder: Path, settings: dict[str, Any]) -> None:
    """Refuse a network that an adapter lies beside, which transformers would join to it, and one of other pictures."""
    if (folder / ADAPTER).is_file():
        raise ExplorerError(
            f"{folder} holds an adapter beside the network ({ADAPTER}), and it is not known whether both were meant; {MERGE}, or move the adapter away."
        )
    inner = settings.get("vision_config")
    colours = (inner if isinstance(inner, dict) else settings).get("num_channels", 3)
    if colours != 3:
        raise ExplorerError(
            f"{folder} takes pictures with {colours} colour channels, and all are given here with three; for one, save it with num_channels=3 and its first weights as weight.repeat(1, 3, 1, 1) / 3."
        )


def _plain(settings: Any) -> Any:
    """Return settings without those that lead to other code, at any depth."""
    if isinstance(settings, dict):
        return {key: _plain(value) for key, value in settings.items() if key not in LEFT_OUT}
    return settings


def _class_name(folder: Path, settings: dict[str, Any], transformers: Any) -> tuple[str, bool]:
    """Return the name of the class for a folder, and whether it classifies."""
    auto, kind = transformers.models.auto.modeling_auto, str(settings.get("model_type"))
    classifiers = _names(auto.MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING_NAMES.get(kind, ()))
    plain = _names(auto.MODEL_MAPPING_NAMES.get(kind, ()))
    given = settings.get("architectures")
    stated = [str(each) for each in given] if isinstance(given, list) else []
    for name in stated or classifiers[:1]:
        if name in classifiers:
            return name, True
    if kind in VISION:
        return VISION[kind], False
    sees = [
        name for name in plain if getattr(getattr(transformers, name, None), "main_input_name", "") == "pixel_values"
    ]
    found = [name for name in stated or sees if name in sees]
    if found:
        return found[0], False
    what = (stated or [kind])[0][:60]
    raise ExplorerError(
        f"{folder} holds {what} ({kind[:40]}), which is no classifier of pictures in the installed transformers ({transformers.__version__}); image classification, DINOv2 and the vision parts of CLIP and SigLIP are read. Of a network for other work save the part that takes pictures: torch.onnx.export(part.eval(), (images,), 'net.onnx')."
    )


def _names(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
