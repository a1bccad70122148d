"""A folder of Hugging Face's transformers as features: its configuration, its weights and its preparation, all from this computer.

No code of the folder is run and nothing is fetched: the network is one of those that transformers brings, its weights are read
as numbers by the program's own readers, and settings that lead to other code are left out or refused.
"""

import contextlib
import re
from collections.abc import Mapping
from functools import partial
from inspect import signature
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from explorer.core.checksums import canonical, digest
from explorer.core.errors import ExplorerError
from explorer.models.custom import checkpoint
from explorer.models.custom.fitting.other_networks import other_form
from explorer.models.custom.fitting.weight_sets import weight_sets
from explorer.models.custom.program import LastLayer, ProgramExtractor
from explorer.models.custom.spec import NetworkSpec
from explorer.models.feature_extractor import FeatureExtractor, LayerHook
from explorer.models.libraries.hugging_face.config import ChosenModel, chosen_model, folder_of
from explorer.models.libraries.hugging_face.pictures import preparation_in, prepared_by
from explorer.models.libraries.last_layers import AGREEMENT, BOTH, last_layer, read_by
from explorer.models.libraries.model_folders import label_names, read_json, weight_files
from explorer.models.preparation.preparation import Preparation

# Tensors that a folder may lack: what pools the output of a network that is read without it, and positions that are counted.
MAY_LACK = ("pooler.", "position_ids", "mask_token")
# What lets a network take pictures of another size.
STRETCH = "interpolate_pos_encoding"
# A folder's numbers are at least this share of what its configuration asks for.
HELD = 0.5
# Names of classifiers, beside those that have the word in them.
CLASSIFIERS = ("head", "fc", "dist_head")
# Part of the names of classes whose scores are the mean of two classifiers.
TEACHER = "WithTeacher"


class HuggingFaceFeatures(nn.Module):
    """A network of transformers up to its classifier: images ``(b, 3, height, width)`` to features ``(b, d)``.

    Attributes:
        head: weights and bias of its classifier where that is linear on these features, else None.
        lasts: the classifier's last linear layer, or those whose scores are averaged; none where the network ends in features.
        token: whether the first place of what the network says stands for the whole picture; else the mean of all does.
    """

    head: LastLayer | None = None

    def __init__(self, network: Any, lasts: tuple[nn.Module, ...], pooled: bool) -> None:
        super().__init__()
        self.network, self.lasts, self.pooled = network, lasts, pooled
        self.token = any("cls_token" in name or "class_embedding" in name for name, _ in network.named_parameters())

    def forward(self, images: Tensor) -> Tensor:
        """Return what the classifier reads; of a network without one its pooled output."""
        if self.lasts:
            return read_by(self.lasts, lambda: self.network(pixel_values=images))
        return self._output(self.network(pixel_values=images))

    def _output(self, output: Any) -> Tensor:
        values: Tensor | None = getattr(output, "pooler_output", None) if self.pooled else None
        if values is not None:
            return values.flatten(1)
        states: Tensor = output.last_hidden_state
        if states.ndim == 4:
            return states.mean(dim=(2, 3))
        return states[:, 0] if self.token else states.mean(dim=1)


def load(spec: NetworkSpec, given: Preparation | None = None) -> FeatureExtractor:
    """Return the features of a folder at ``spec.layer``; what its classifier reads where that is empty.

    Raises:
        ExplorerError: there is no such network in transformers, or the folder's weights do not fit it; the sentence says why.
    """
    folder = folder_of(spec.checkpoint)
    chosen = chosen_model(folder)
    network, missing = _loaded(folder, chosen)
    pooled = not any("pooler." in name for name in missing)
    lasts = _lasts(network) if chosen.classifies else ()
    size = (spec.size, spec.size) if spec.size else preparation_of(spec).size
    stretched = _stretched(network, chosen, size)
    if spec.layer:
        extractor = FeatureExtractor(network, LayerHook.find(network, spec.layer), spec)
    else:
        features = HuggingFaceFeatures(network, lasts, pooled)
        _check_steady(folder, features, size)
        features.head = _head(features, size)
        features.lasts = lasts if features.head else lasts[-1:]
        extractor = ProgramExtractor(features, None, spec)
    extractor.classes = label_names(chosen.settings)
    extractor.notes = (*prepared_by(folder, chosen.kind, _asked(spec), given), *stretched)
    return extractor


def _stretched(network: Any, chosen: ChosenModel, size: tuple[int, int]) -> tuple[str, ...]:
    """Let a network interpolate its table of positions where pictures have another size than it was made for; return the sentence on that."""
    sides = getattr(chosen.config, "image_size", None)
    sides = getattr(getattr(chosen.config, "vision_config", None), "image_size", sides)
    made = (sides, sides) if isinstance(sides, int) else tuple(sides or size)
    parts = [] if made == size[::-1] else _stretchable(network)
    if not parts:
        return ()
    for part in parts:
        part.forward = partial(part.forward, **{STRETCH: True})
    if not any("position_embedding" in name for name, _ in network.named_parameters()):
        return ()
    return (
        f"It was made for pictures of {made[0]} px; for {size[1]} px its table of positions is interpolated, as transformers does when it is asked to ({STRETCH}).",
    )


def _stretchable(network: Any) -> list[Any]:
    """Return the outermost parts of a network that interpolate their table of positions when they are asked to."""
    if STRETCH in signature(network.forward).parameters:
        return [network]
    return [part for inner in network.children() for part in _stretchable(inner)]


def digest_of(path: str, layer: str = "") -> str:
    """Return the SHA-256 of a folder's configuration and weights, and of whether two last layers are read, which a named layer precludes.

    Raises:
        ExplorerError: it has none.
    """
    folder = folder_of(path)
    files = [folder / "config.json", *weight_files(folder)]
    settings = read_json(folder / "config.json")
    two = settings.get("model_type") == "swiftformer" or TEACHER in str(settings.get("architectures"))
    return digest(canonical([checkpoint.digest_of(str(file)) for file in files] + [BOTH] * (two and not layer)))


def preparation_of(spec: NetworkSpec) -> Preparation:
    """Return how the folder's processor, or that of its kind of network where it has none, gives pictures to it."""
    folder = folder_of(spec.checkpoint)
    return preparation_in(folder, chosen_model(folder).kind, _asked(spec))


def _asked(spec: NetworkSpec) -> bool:
    return bool(spec.size and spec.preparation.resize)


def _loaded(folder: Path, chosen: ChosenModel) -> tuple[Any, list[str]]:
    """Return the network with the folder's weights, and the names of the tensors that it lacks."""
    state = _state(folder)
    _check_size(folder, chosen, state)
    try:
        network, found = chosen.network.from_pretrained(
            None, config=chosen.config, state_dict=state, dtype=torch.float32, output_loading_info=True
        )
    except Exception as error:  # transformers raises what it likes where weights do not fit
        raise _misfit(folder, chosen, str(error)) from error
    missing = [name for name in found["missing_keys"] if not any(part in name for part in MAY_LACK)]
    if missing or found["mismatched_keys"]:
        lacking = f"it lacks {', '.join(sorted(missing)[:3]) or 'tensors of the right shape'}"
        raise _misfit(folder, chosen, lacking, other_form(state))
    if any(not torch.isfinite(value).all() for value in state.values()):
        raise ExplorerError(f"{folder} is broken: its weights hold NaN or infinite numbers; copy it again.")
    return network.eval().requires_grad_(False), list(found["missing_keys"])


def _state(folder: Path) -> dict[str, Tensor]:
    """Return the tensors of all files of weights, read as numbers and nothing else."""
    state: dict[str, Tensor] = {}
    for file in weight_files(folder):
        opened = checkpoint.opened(str(file))
        found: Mapping[str, Any] = next((each.state for each in weight_sets(opened.content)), {})
        tensors = {_plain(name): opened.tensor(value, name, "the network") for name, value in found.items()}
        state |= {name: value.float() if value.is_floating_point() else value for name, value in tensors.items()}
    if not state:
        raise ExplorerError(f"{folder} holds no tensors by name; copy its file of weights again.")
    return state


def _plain(name: str) -> str:
    """Return a tensor's name without what wrappers of training put before it."""
    return re.sub(r"^((module|_orig_mod)\.)+", "", name)


def _check_steady(folder: Path, features: HuggingFaceFeatures, size: tuple[int, int]) -> None:
    """Refuse a network that needs more than pictures, or gives one picture other features each time, as those do that hide parts of it by chance."""
    with (
        torch.inference_mode(),
        contextlib.suppress(RuntimeError, ValueError),
    ):  # another size is told with the pictures
        try:
            first, second = (features(_images(size)) for _ in range(2))
        except TypeError as error:
            reason = " ".join(str(error).split())[:120].rstrip(".")
            raise ExplorerError(
                f"The network in {folder} is given more than pictures ({reason}); save it with what makes the rest: torch.onnx.export(both.eval(), (images,), 'net.onnx')."
            ) from error
        if (first - second).abs().max() > AGREEMENT * first.abs().max():
            raise ExplorerError(
                f"{folder} gives one picture other features each time, for it hides parts of pictures by chance; give a network that was trained on from it to classify, or another one."
            )


def _images(size: tuple[int, int]) -> Tensor:
    return torch.rand(2, 3, size[1], size[0], generator=torch.Generator().manual_seed(0))


def _check_size(folder: Path, chosen: ChosenModel, state: dict[str, Tensor]) -> None:
    """Refuse a configuration that asks for far more numbers than the folder holds, before they are made."""
    with torch.device("meta"):
        wanted = sum(weight.numel() for weight in chosen.network(chosen.config).parameters())
    if HELD * wanted > sum(value.numel() for value in state.values()):
        raise ExplorerError(
            f"{folder} describes a network of {wanted:,} numbers, and its weights are fewer than half of them; give the folder whose files belong together."
        )


def _misfit(folder: Path, chosen: ChosenModel, reason: str, way: str = "") -> ExplorerError:
    words = " ".join(reason.split())[:200].rstrip(".")
    return ExplorerError(
        f"The weights in {folder} do not fit {chosen.network.__name__} ({words}); {way or 'give the folder as save_pretrained wrote it'}."
    )


def _lasts(network: Any) -> tuple[nn.Module, ...]:
    """Return the last linear layer of each classifier of the network."""
    places = [part for name, part in network.named_children() if "classifier" in name or name in CLASSIFIERS]
    layers = [[each for each in part.modules() if isinstance(each, nn.Linear)] for part in places]
    return tuple(found[-1] for found in layers if found)


def _head(features: HuggingFaceFeatures, size: tuple[int, int]) -> LastLayer | None:
    """Return the classifier where the network's scores are that layer of the features, as is seen on two pictures."""
    if not features.lasts:
        return None
    with torch.inference_mode():
        images = _images(size)
        try:
            scores, rows = features.network(pixel_values=images).logits, features(images)
        except (RuntimeError, ValueError):  # of another size than its preparation says; told when pictures are given
            return None
        return last_layer(features.lasts, rows, scores)
