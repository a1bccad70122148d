"""A network by its name with the weights of a person's file: which set of them, and what of the network is the person's own."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from explorer.core.errors import ExplorerError
from explorer.models.custom import checkpoint
from explorer.models.custom.architecture import untrained_network
from explorer.models.custom.fitting.averages import unready_averages
from explorer.models.custom.fitting.file_facts import architecture_note, classes_in, training_note
from explorer.models.custom.fitting.first_layer import adapt_first_layer
from explorer.models.custom.fitting.other_networks import other_network
from explorer.models.custom.fitting.own_head import OUTPUTS, ConcatPool, built_head, empty_head
from explorer.models.custom.fitting.pickled_layers import WAYS, check_layers, foreign_class, way_of
from explorer.models.custom.fitting.reading_notes import (
    head_note,
    normalising_note,
    said,
    unfitting_average,
    unready_note,
)
from explorer.models.custom.fitting.tensor_names import sizes
from explorer.models.custom.fitting.weight_fits import POOL, Shape, WeightFit, chosen_fit, fitting, nearest
from explorer.models.custom.fitting.weight_sets import WeightSet, table_of, weight_sets
from explorer.models.feature_extractor import last_layer_name

CONCAT = "Its last part reads the largest value and the mean of each channel, one behind the other, as fastai's does."
# The list of tensors in which torch_ema and diffusers keep an average.
SHADOW = "shadow_params"
COPY = "copy it into the network where it was made, by ema.copy_to(model.parameters()), and save model.state_dict()"


@dataclass(frozen=True, eq=False)
class Reading:
    """What was taken from a file, and what was not.

    Attributes:
        notes: sentences for a person, none where the file holds the network's tensors and nothing else.
        headless: whether the file holds no last layer.
        classes: names of the outputs, where they stand in the file.
    """

    notes: tuple[str, ...] = ()
    headless: bool = False
    classes: tuple[str, ...] = ()


def set_of(path: str, name: str, asked: str, blank: nn.Module | None = None) -> str:
    """Return the name of the set of weights that is taken from a file, where it is not the usual one; else nothing.

    ``blank`` is the network without weights; torchvision's of that name where None.

    Raises:
        ExplorerError: the file cannot be read, or has no such set.
    """
    file = checkpoint.opened(path)
    fits = fitting(weight_sets(file.content), blank or untrained_network(name))
    if not fits:
        return ""
    fit = chosen_fit(fits, asked, unready_averages(fits, _reader(file, name)))
    return "" if fit is fits[0] else fit.label


def own_network(
    path: str, name: str, asked: str, build: Callable[[int, bool], nn.Module], blank: nn.Module | None = None
) -> tuple[nn.Module, Reading]:
    """Return a network with the weights of a file, and what was taken from it.

    Args:
        path: of the file.
        name: torchvision's name of the network.
        asked: name of the set of weights; chosen where empty.
        build: returns the network without weights, by its number of outputs and whether it has auxiliary heads.
        blank: the same with any number of outputs, from which names and shapes are known; torchvision's where None.

    Raises:
        ExplorerError: the file holds no weights of this network.
    """
    file, blank = checkpoint.opened(path), blank or untrained_network(name)
    sets = weight_sets(file.content)
    fits = fitting(sets, blank)
    if not fits:
        _refuse(path, name, file.content, sets)
    read = _reader(file, name)
    unready = unready_averages(fits, read)
    fit = chosen_fit(fits, asked, unready) if fits else nearest(sets, blank)
    outputs, auxiliary = _outputs(path, fit.named.state, blank), any("aux" in key.lower() for key in fit.named.state)
    network = build(outputs, auxiliary)
    check_layers(path, name, fit, network, file.content)
    state, notes = _adapted(network, fit, read, Shape(blank).features(fit.place) if fit.place else 0)
    checkpoint.load_weights(network, state, path, name, lambda: other_network(sets, name))
    three = {key: value for key, value in fit.named.aside.items() if key.endswith(("mean", "std")) and _three(value)}
    found = {each.found for each in fits}
    averages = unfitting_average([each for each in sets if each not in found], fit) if fits else []
    notes = [
        *said(fits, fit),
        *averages,
        *unready_note({each.label: why for each, why in unready.items() if each is not fit}),
        *_nameless(file.content),
        *normalising_note(read(three)),
        *notes,
        *architecture_note(file.content, name),
        *training_note(file.content),
    ]
    return network, Reading(tuple(notes), bool(fit.place) and not fit.layers, classes_in(file.content))


def _reader(file: checkpoint.OpenedFile, name: str) -> Callable[[Mapping[str, Any]], dict[str, Tensor]]:
    """Return what makes numbers of tensors of a file, which are to be those of network ``name``."""
    return lambda values: {key: file.tensor(value, key, name) for key, value in values.items()}


def _three(value: Any) -> bool:
    return sorted(sizes(value), reverse=True)[:1] == [3] and math.prod(sizes(value)) == 3


def _nameless(content: Any) -> list[str]:
    """Return that an average stands beside the weights whose tensors have no names, so that nobody can take it; else nothing."""
    found = [key for key, each in table_of(content).items() if SHADOW in table_of(each)]
    return [f"An average without names of tensors stands in it, too ({key}.{SHADOW}); {COPY}." for key in found]


def _refuse(path: str, name: str, content: Any, sets: list[WeightSet]) -> None:
    """Refuse a file that holds no weights, or a whole network of another class; weights of another network are told later.

    Raises:
        ExplorerError: it is such a file.
    """
    word = foreign_class(content)
    if word and not (sets and word.startswith("numpy")):  # random states are arrays of NumPy
        raise ExplorerError(
            f"{path} holds an object of the class {word}, not weights alone; {WAYS[word.partition('.')[0]]}."
        )
    if sets and sets[0].made_of:
        raise ExplorerError(
            f"{path} holds a whole network of the class {sets[0].made_of}, which is not built as {name} is; {way_of(sets[0])}."
        )
    if not sets and "param_groups" in {**table_of(content), **table_of(table_of(content).get("optimizer"))}:
        raise ExplorerError(
            f"{path} holds what an optimiser keeps, not weights; give the file of weights that was saved with it."
        )
    if not sets and SHADOW in table_of(content):
        raise ExplorerError(f"{path} holds an average of weights without their names ({SHADOW}); {COPY}.")
    if not sets and {"ds_version", "param_shapes"} <= set(table_of(content)):
        raise ExplorerError(
            f"{path} is of DeepSpeed, which keeps the weights in parts; join them: python zero_to_fp32.py . joined, in the folder above."
        )
    if not sets and path.endswith(".distcp"):
        raise ExplorerError(f"{path} is a part of weights that were saved in parts; give the folder in which it lies.")
    if not sets:
        raise ExplorerError(f"{path} holds no tensors by name; {checkpoint.ALLOWED}.")


def _outputs(path: str, state: Mapping[str, Any], blank: nn.Module) -> int:
    """Return the number of outputs of a last layer of the published form; the published number for any other."""
    key = f"{last_layer_name(blank)}.weight"
    default = tuple(blank.state_dict()[key].shape)
    shape = sizes(state[key]) if key in state else default
    outputs = shape[0] if len(shape) == len(default) and shape[1:] == default[1:] else default[0]
    if not 1 <= outputs <= OUTPUTS:
        raise ExplorerError(f"{path} has {outputs:,} outputs in its last layer; 1 to {OUTPUTS:,} are allowed.")
    return outputs


def _adapted(
    network: nn.Module, fit: WeightFit, read: Callable[[Mapping[str, Any]], dict[str, Tensor]], features: int
) -> tuple[dict[str, Tensor], list[str]]:
    """Give a network the person's own first and last layers; return the state for it, and what was assumed in sentences."""
    inside = f"{fit.place}." if fit.place else "\0"
    state = read({key: value for key, value in fit.named.state.items() if not key.startswith(inside)})
    notes: list[str] = []
    if fit.first:
        state, notes = adapt_first_layer(network, fit.first, state[f"{fit.first}.weight"], state)
    if not fit.place:
        return state, notes
    published = network.get_submodule(fit.place)
    head, numbers, assumed = (
        built_head(fit.layers, published) if fit.layers else (*empty_head(features, published), set[str]())
    )
    if fit.concat:
        setattr(network, POOL, ConcatPool())
        notes.append(CONCAT)
    parent, _, last = fit.place.rpartition(".")
    setattr(network.get_submodule(parent), last, head)
    return state | read({inside + key: value for key, value in numbers.items()}), [*notes, head_note(fit, assumed)]
