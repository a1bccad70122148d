"""Which network a file's weights belong to, where it is not the one that was named."""

from collections.abc import Iterable

from explorer.models.custom.architecture import near_networks, untrained_network
from explorer.models.custom.fitting.own_head import head_places
from explorer.models.custom.fitting.tensor_names import named_tensors
from explorer.models.custom.fitting.weight_fits import Shape, fitting
from explorer.models.custom.fitting.weight_sets import WeightSet
from explorer.models.network_names import TORCHVISION

TIMM = "its names are those of timm: give --backbone timm/ and the network's name"
ARGUMENTS = "give the --size that it was trained at; if it was built with other arguments, such as global_pool, save them with it: timm.models.save_for_hf(model, 'FOLDER', model_args={'global_pool': 'avg'}), and give that folder"
# Part of a tensor's name -> what to give, by the library that names its tensors so.
LIBRARIES = {
    "_blocks.0._": "its names are those of efficientnet_pytorch and MONAI, which are not read: save the whole network where it was made: torch.onnx.export(model.eval(), (images,), 'net.onnx')",
    "attn.qkv.": TIMM,
    "conv_stem.": TIMM,
    "stages.0.blocks.0.": TIMM,
    "transformer.resblocks.": "its names are those of CLIP and open_clip: save the part that sees pictures, torch.onnx.export(model.visual.eval(), (images,), 'net.onnx'), and give that file, beside its open_clip_config.json or with the --mean and --std of its preprocessing",
    "embeddings.patch_embeddings.": "its names are those of Hugging Face: give the folder in which it lies",
    "embedder.embedder.": "its names are those of Hugging Face: give the folder in which it lies",
    "encoder.stages.0.layers.0.": "its names are those of Hugging Face: give the folder in which it lies",
}
LAST = "all but its last part fits, and that is of a form that is not known here: save the whole network where it was made: torch.onnx.export(model.eval(), (images,), 'net.onnx')"
# The same for weights that were changed on the way, in any library.
ADDED = (
    "it holds what was added to a network, not the network: join both first, model.merge_and_unload(), and save that"
)
FORMS = {
    "lora_A.": ADDED,
    "ia3_l": ADDED,
    ".base_layer.": ADDED,
    "parametrizations.": "its weights are parametrised: write them out first, torch.nn.utils.parametrize.remove_parametrizations(layer, 'weight'), and save that",
    "weight_g": "its weights are parametrised: write them out first, torch.nn.utils.remove_weight_norm(layer), and save that",
    "weight_orig": "it has a weight and what scales it (spectral_norm): write it out first, torch.nn.utils.remove_spectral_norm(layer), and save that",
    "activation_post_process": "it is in the middle of training for whole numbers: give the weights from before, or export it as ONNX",
    "weight_fake_quant": "it is in the middle of training for whole numbers: give the weights from before, or export it as ONNX",
    ".SCB": "it is quantised: give the weights from before",
    ".zero_point": "it is quantised: give the weights from before",
    "weight_packed": "it is quantised: give the weights from before",
    "_packed_params": "it is quantised: give the weights from before",
}


def other_network(sets: list[WeightSet], asked: str = "") -> str:
    """Return what to give instead, in the imperative; empty where nobody knows.

    Args:
        sets: of the file, the usual one first.
        asked: the network that was named.
    """
    names = [name for each in sets for name in each.state]
    found = [name for name in near_networks(names) if fitting(sets, untrained_network(name))]
    if found:
        return f"it fits {' or '.join(found)}, so give --backbone {found[0]}"
    if way := other_form(names):
        return way
    if asked in TORCHVISION and _body_fits(sets, asked):
        return LAST
    known = next((way for sign, way in LIBRARIES.items() if any(sign in name for name in names)), "")
    return ARGUMENTS if asked.startswith("timm/") and known in ("", TIMM) else known


def _body_fits(sets: list[WeightSet], asked: str) -> bool:
    """Return whether all but the last part of a network of torchvision's has its names and shapes, and that part has other names."""
    shape = Shape(untrained_network(asked))
    place = head_places(shape.last)[-1]
    found = [named.state for each in sets for named in named_tensors(each.state, shape.wanted)]
    inside = {key for key in shape.wanted if key.startswith(f"{place}.")}
    return any(shape.body_fits(state, place) and set(state) & inside != inside for state in found)


def other_form(names: Iterable[str]) -> str:
    """Return what to do with weights that were changed on the way, in the imperative; empty where their names say nothing of it."""
    found = list(names)
    return next((way for sign, way in FORMS.items() if any(sign in name for name in found)), "")
