"""timm's networks: built by name, with a person's weights or those that timm keeps on this computer; nothing is fetched."""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from torch import nn

from explorer.core.checksums import canonical, digest
from explorer.core.errors import ExplorerError, UnavailableError
from explorer.core.torchvision_compat import torchvision as torchvision  # before timm, which imports it itself
from explorer.models.custom import checkpoint
from explorer.models.custom.fitting.own_head import OUTPUTS
from explorer.models.custom.fitting.tensor_names import sizes
from explorer.models.custom.fitting.weight_sets import weight_sets
from explorer.models.custom.own_network import own_network, set_of
from explorer.models.custom.program import ProgramExtractor
from explorer.models.custom.spec import NetworkSpec
from explorer.models.feature_extractor import FeatureExtractor, LayerHook
from explorer.models.libraries.beside import folder_notes, known_open_clip, open_clip_beside
from explorer.models.libraries.extras import needed
from explorer.models.libraries.last_layers import BOTH
from explorer.models.libraries.model_folders import (
    CONFIG,
    check_sizes,
    label_names,
    model_folder,
    read_json,
    timm_settings,
    weight_files,
    word_of_folder,
)
from explorer.models.libraries.timm_features import timm_features
from explorer.models.libraries.timm_names import PREFIX, architecture_of, check_timm
from explorer.models.libraries.timm_positions import interpolated_note, made_for, rows_of, stretching
from explorer.models.preparation.choice import sized
from explorer.models.preparation.preparation import Preparation
from explorer.models.preparation.published import from_timm

# Networks whose feature maps are (b, height, width, d) inside.
CHANNELS_LAST = ("swin", "swinv2", "maxvit", "maxxvit", "coatnet", "nest")
# Arguments of timm's networks that a folder may give, beside those that the weights decide.
ARGUMENTS = ("global_pool", "patch_size", "embed_dim", "depth", "num_heads", "reg_tokens", "class_token", "init_values", "fc_norm", "pre_norm", "dynamic_img_size", "dynamic_img_pad", "depths", "dims", "window_size", "act_layer", "norm_layer", "stem_width", "stem_type", "cardinality", "base_width", "avg_down")  # fmt: skip
# Those that change nothing once training is over.
TRAINING = ("drop_rate", "drop_path_rate", "drop_block_rate", "proj_drop_rate", "attn_drop_rate", "pos_drop_rate", "patch_drop_rate", "weight_init")  # fmt: skip
DECIDED_HERE = ("num_classes", "in_chans", "img_size", "pretrained")
# Part of the names of a second last layer's tensors.
SECOND = "head_dist."


def load(name: str, spec: NetworkSpec, size: int, given: Preparation | None = None) -> FeatureExtractor:
    """Return the features of ``timm/NAME`` at ``spec.layer``; what its last layer reads where that is empty.

    Raises:
        ExplorerError: there is no such network, its weights do not fit, or it does not take this size.
        UnavailableError: no weights were given, and timm keeps none on this computer.
    """
    path = str(weight_path(name, spec))
    network = _built(name, spec, size, path)
    network, reading = own_network(path, name, spec.weights_set, lambda outputs, auxiliary: network, network)
    network = network.eval().requires_grad_(False)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # missing in torch's types
    if spec.layer:
        last = name.removeprefix(PREFIX).startswith(CHANNELS_LAST)
        extractor = FeatureExtractor(network, LayerHook.find(network, spec.layer, last), spec)
    else:
        extractor = ProgramExtractor(timm_features(network, size, reading.headless), None, spec)
    notes = (*reading.notes, *_notes_beside(name, spec, given), *interpolated_note(network, path, size))
    extractor.notes, extractor.classes = notes, _class_names(name, spec)
    return extractor


def _folder(name: str, spec: NetworkSpec) -> Path | None:
    """Return the folder that describes a person's weights: in which timm saved them, or in which timm's settings of this network lie beside them."""
    folder = model_folder(spec.checkpoint) if spec.checkpoint else None
    if folder is not None or not spec.checkpoint:
        return folder
    beside = Path(spec.checkpoint).parent
    same = (beside / CONFIG).is_file() and architecture_of(word_of_folder(beside)) == architecture_of(name)
    return beside if same else None


def _class_names(name: str, spec: NetworkSpec) -> tuple[str, ...]:
    """Return the names of the outputs, where the network came in a folder that tells them."""
    folder = _folder(name, spec)
    return () if folder is None else label_names(read_json(folder / CONFIG))


def digest_of(name: str, spec: NetworkSpec) -> str:
    """Return what weights are known by: the SHA-256 of their file, which set of it is taken where that is not the usual one, and whether two last layers are read.

    Raises:
        ExplorerError: there are none.
    """
    path = str(weight_path(name, spec))
    whole = checkpoint.digest_of(path)
    chosen = _set_of(name, replace(spec, layer=""), path, whole)
    two = BOTH if not spec.layer and _two_layers(path, whole) else ""
    more = [each for each in (chosen, two) if each]
    return digest(canonical([whole, *more])) if more else whole


@lru_cache(maxsize=16)
def _two_layers(path: str, _digest: str) -> bool:
    """Return whether a file of this content has a second last layer, as networks have that learned from another one."""
    return any(SECOND in name for found in weight_sets(checkpoint.opened(path).content) for name in found.state)


@lru_cache(maxsize=16)
def _set_of(name: str, spec: NetworkSpec, path: str, whole: str) -> str:
    """Return the name of the set that is taken from a file of several; empty for the usual one, or where there is but one."""
    if len(weight_sets(checkpoint.opened(path).content)) < 2:
        return ""
    blank = _built(name, spec, size_of(name, spec), path)
    return set_of(path, name, spec.weights_set, blank)


def size_of(name: str, spec: NetworkSpec) -> int:
    """Return the width and height in pixels that is asked for, else that of the network's library."""
    return spec.size or preparation_of(name, spec).size[1]


def preparation_of(name: str, spec: NetworkSpec) -> Preparation:
    """Return how timm gives pictures to this network when it is judged; as its folder says, where it came in one."""
    if way := _by_open_clip(name, spec):
        return sized(way, spec.size) if spec.size else way
    stated = _stated(name, spec).get("pretrained_cfg", {})
    config = settings(name).to_dict() | stated
    size = spec.size or (None if stated or not spec.checkpoint else _own_size(name, replace(spec, layer="")))
    config |= {"input_size": (3, size, size)} if size else {}
    _, data = _timm()
    return from_timm(data.resolve_data_config(pretrained_cfg=config))


def _by_open_clip(name: str, spec: NetworkSpec) -> Preparation | None:
    """Return open_clip's preparation, where a person's weights lie beside its settings and not in a folder of timm's; else None."""
    return known_open_clip(spec.checkpoint) if spec.checkpoint and _folder(name, spec) is None else None


def _notes_beside(name: str, spec: NetworkSpec, given: Preparation | None) -> tuple[str, ...]:
    """Return the sentence on settings beside a file that is not called as the weights of a folder are."""
    alone = spec.checkpoint and model_folder(spec.checkpoint) is None
    told = alone and (_folder(name, spec) or open_clip_beside(spec.checkpoint))
    return folder_notes(spec.checkpoint, given) if told else ()


def _stated(name: str, spec: NetworkSpec) -> dict[str, Any]:
    """Return what the folder of a person's network says of it; nothing for a file without one.

    Raises:
        ExplorerError: it cannot be read, or asks for more than any network has.
    """
    folder = _folder(name, spec)
    if folder is None:
        return {}
    stated = read_json(folder / CONFIG)
    check_sizes(stated, folder / CONFIG)
    arguments = stated.get("model_args")
    return {"pretrained_cfg": timm_settings(stated)} | (
        {"model_args": arguments} if isinstance(arguments, dict) else {}
    )


@lru_cache(maxsize=16)
def settings(name: str) -> Any:
    """Return timm's settings of ``timm/NAME.WEIGHTS`` (``PretrainedCfg``); without weights those that timm takes.

    Raises:
        ExplorerError: timm has no such network, or none of these weights.
    """
    check_timm(name)
    timm, _ = _timm()
    plain = name.removeprefix(PREFIX)
    try:
        return timm.models.get_pretrained_cfg(plain, allow_unregistered=False)
    except RuntimeError as error:
        tags = timm.list_pretrained(f"{plain.partition('.')[0]}.*")
        listed = ", ".join(f"{PREFIX}{each}" for each in tags[:8]) or "none"
        raise ExplorerError(f"timm has no weights called so ({name}); of this network it has: {listed}.") from error


def weight_path(name: str, spec: NetworkSpec) -> Path:
    """Return the file of a network's weights: the person's, else the one that timm keeps on this computer.

    Raises:
        UnavailableError: there is none; the sentence says how to get it.
    """
    if spec.checkpoint:
        folder = model_folder(spec.checkpoint)
        files = [Path(spec.checkpoint)] if folder is None else weight_files(folder)
        if len(files) > 1:
            raise ExplorerError(f"{folder} has its weights in {len(files)} files; put them into one model.safetensors.")
        return files[0]
    config = settings(name)
    found = _kept(config)
    if found is None:
        plain = f"{config.architecture}.{config.tag}" if config.tag else str(config.architecture)
        raise UnavailableError(
            f"The weights of {name} are not on this computer, and this program does not fetch timm's; fetch them once with python -c \"import timm; timm.create_model('{plain}', pretrained=True)\", or give --checkpoint FILE."
        )
    return found


def _kept(config: Any) -> Path | None:
    """Return where timm keeps weights that it fetched before; None where it does not."""
    if config.hf_hub_id:
        from huggingface_hub import try_to_load_from_cache

        for file in ("model.safetensors", "pytorch_model.bin"):
            path = try_to_load_from_cache(config.hf_hub_id, config.hf_hub_filename or file)
            if isinstance(path, str):
                return Path(path)
    url = str(config.url or "")
    path = Path(torch.hub.get_dir()) / "checkpoints" / url.rpartition("/")[2]
    return path if url and path.is_file() else None


def _timm() -> tuple[Any, Any]:
    """Return the modules ``timm`` and ``timm.data``."""
    timm, data = needed("timm", "A network of timm's")
    return timm, data


def _built(name: str, spec: NetworkSpec, size: int, path: str) -> nn.Module:
    """Return the network without weights, with the outputs that its weights have, for pictures of this size."""
    timm, config = _timm()[0], settings(name)
    options = {
        key: value
        for key, value in _stated(name, spec).get("model_args", {}).items()
        if key not in (*DECIDED_HERE, *TRAINING)
    }
    if strange := sorted(set(options) - set(ARGUMENTS)):
        raise ExplorerError(
            f"{path} asks timm for {', '.join(strange[:3])}, which is not known here; save the network as ONNX: torch.onnx.export(model.eval(), (images,), 'net.onnx')."
        )
    options["num_classes"] = _outputs(config, path)
    if config.fixed_input_size and size != config.input_size[1]:
        options["img_size"] = size
    try:
        network = timm.create_model(str(config.architecture), pretrained=False, **options)
    except (TypeError, ValueError, AssertionError, RuntimeError, KeyError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:120]
        raise ExplorerError(
            f"{name} cannot be built for pictures of {size} px ({reason}); leave --size out."
        ) from error
    return stretching(network, path, size, lambda **more: timm.create_model(str(config.architecture), **options | more))


def _outputs(config: Any, path: str) -> int:
    """Return how many outputs the last layer of a file's usual weights has; two where it has none by that name."""
    places = config.classifier if isinstance(config.classifier, tuple | list) else [config.classifier]
    first = next((dict(found.state) for found in weight_sets(checkpoint.opened(path).content)), {})
    wanted = [f"{place}.weight" for place in places if place]
    found = [sizes(value) for key, value in first.items() for end in wanted if key == end or key.endswith(f".{end}")]
    return found[0][0] if found and found[0] and 1 <= found[0][0] <= OUTPUTS else 2


def _own_size(name: str, spec: NetworkSpec) -> int | None:
    """Return the size for which a person's weights were made, where their table of positions tells another than the library; else None."""
    path = str(weight_path(name, spec))
    return _size_by_table(name, spec, path, checkpoint.digest_of(path))


@lru_cache(maxsize=16)
def _size_by_table(name: str, spec: NetworkSpec, path: str, _digest: str) -> int | None:
    """Return :func:`_own_size` of a file of this content."""
    if not rows_of(path):
        return None
    try:
        made = made_for(_built(name, spec, int(settings(name).input_size[1]), path), path)
    except ExplorerError:  # told where the network is loaded
        return None
    return None if made == settings(name).input_size[1] else made
