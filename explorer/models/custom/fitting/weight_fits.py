"""How the sets of weights in a file fit a network: as they are, or with a last part or first layer of the person's own."""

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from torch import nn

from explorer.core.errors import unknown
from explorer.models.custom.architecture import ASIDE
from explorer.models.custom.fitting.first_layer import first_convolution, may_be_first
from explorer.models.custom.fitting.own_head import HeadLayer, head_layers, head_places
from explorer.models.custom.fitting.tensor_names import BESIDE, NamedTensors, named_tensors, sizes
from explorer.models.custom.fitting.weight_sets import AVERAGED, WeightSet
from explorer.models.custom.spec import USUAL_SET
from explorer.models.feature_extractor import last_layer_name

# Names that people give to a head.
HEADS = ("fc", "head", "classifier", "cls_head", "linear", "logits")
# The layer of torchvision's networks that makes one number of each channel, directly before the last part.
POOL = "avgpool"
# Tables of positions depend on the size of the pictures, which is looked at later.
SIZED = ("pos_embedding", "pos_embed")


@dataclass(frozen=True, eq=False)
class WeightFit:
    """One set of weights that fits.

    Attributes:
        found: the set.
        named: its tensors under the network's names.
        place: where in the network the person's own last part stands; empty where it is the published one's.
        layers: of that part; none where the file holds no last part.
        first: the first layer's name where it is one for small or grey pictures; else empty.
        numbered: whether the layers stood there by number.
        concat: whether the last part reads the largest value and the mean of each channel, as fastai's does.
    """

    found: WeightSet
    named: NamedTensors
    place: str = ""
    layers: list[HeadLayer] = field(default_factory=list)
    first: str = ""
    numbered: bool = False
    concat: bool = False

    @property
    def label(self) -> str:
        """The name by which a person chooses the set: its keys, and the prefix of its names."""
        return ":".join(part for part in (self.found.name, self.named.prefix.rstrip(".")) if part) or "the file itself"

    @property
    def averaged(self) -> bool:
        """Whether its keys or its prefix say that it is an average."""
        return self.found.averaged or self.averaged_by_prefix

    @property
    def averaged_by_prefix(self) -> bool:
        """Whether its prefix does, which tells two networks of one set apart."""
        return bool(AVERAGED.search(self.named.prefix.rstrip(".")))

    @property
    def adapted(self) -> bool:
        """Whether the network had to be changed for it."""
        return bool(self.place or self.first or self.numbered)


class Shape:
    """Names and shapes of a network's tensors, and where its first and last layers are."""

    def __init__(self, network: nn.Module) -> None:
        self.wanted = dict(network.state_dict())
        self.first, self.last = first_convolution(network), last_layer_name(network)
        self.children = [name for name, _ in network.named_children()]
        self.pools = isinstance(getattr(network, POOL, None), nn.AdaptiveAvgPool2d)

    def by_number(self) -> dict[str, str]:
        """Return each name as it is where the network's parts stand in a ``Sequential``, and the name itself."""
        parts = {name: str(place) for place, name in enumerate(self.children)}
        split = {name: name.partition(".") for name in self.wanted}
        return {parts.get(first, first) + dot + rest: name for name, (first, dot, rest) in split.items()}

    def features(self, place: str) -> int:
        """Return how many numbers go into the last part at ``place``; 0 where it begins with no row of them."""
        shape = next((sizes(value) for name, value in self.wanted.items() if name.startswith(f"{place}.")), ())
        return {1: shape[0], 2: shape[-1]}.get(len(shape), 0) if shape else 0

    def body_fits(self, state: Mapping[str, Any], place: str, first: str = "") -> bool:
        """Return whether all tensors outside ``place`` have the network's names and shapes, but for those of ``first``."""
        mine, needed = (
            {key for key in side if not key.startswith(f"{place}.") and not re.search(ASIDE, key)}
            for side in (state, self.wanted)
        )
        return mine == needed and all(
            sizes(state[key]) == sizes(self.wanted[key])
            or key.endswith(SIZED)
            or (key == f"{first}.weight" and may_be_first(state[key], self.wanted[key]))
            for key in mine
        )

    def head_fits(self, state: Mapping[str, Any]) -> bool:
        """Return whether the last layer has the published form, with any number of outputs."""
        inside = [key for key in self.wanted if key.startswith(f"{self.last}.")]
        mine = [key for key in state if key.startswith(f"{self.last}.")]
        weight = f"{self.last}.weight"
        return set(inside) == set(mine) and sizes(state[weight])[1:] == sizes(self.wanted[weight])[1:]


def fitting(sets: list[WeightSet], network: nn.Module) -> list[WeightFit]:
    """Return the ways in which sets of weights fit a network, those that need no change of it first.

    Args:
        sets: of a file, the usual one first.
        network: without weights, on any device.
    """
    shape = Shape(network)
    plain = {name: name for name in shape.wanted}
    found = [fit for each in sets for fit in _fits(each, shape, plain)]
    found = found or [fit for each in sets for fit in _fits(each, shape, shape.by_number())]
    return sorted(found, key=lambda fit: fit.adapted)


def nearest(sets: list[WeightSet], network: nn.Module) -> WeightFit:
    """Return the usual set under the names that come closest to a network that it does not fit, for the sentence that says so."""
    return WeightFit(sets[0], next(named_tensors(sets[0].state, dict(network.state_dict()))))


def _fits(found: WeightSet, shape: Shape, names: dict[str, str]) -> Iterator[WeightFit]:
    numbered = any(name != own for name, own in names.items())
    for named in named_tensors(found.state, names):
        own = replace(named, state={names.get(key, key): value for key, value in named.state.items()})
        fit = _fit(WeightFit(found, own, numbered=numbered), shape)
        if fit:
            yield fit


def _fit(fit: WeightFit, shape: Shape) -> WeightFit | None:
    """Return the fit with the changes that the network needs; None where the tensors do not belong to it."""
    state = fit.named.state
    for first in ("", shape.first):
        if shape.head_fits(state) and shape.body_fits(state, shape.last, first):
            return replace(fit, first=first)
        for place in head_places(shape.last):
            if shape.features(place) and shape.body_fits(state, place, first):
                return _with_head(replace(fit, first=first, place=place), shape)
    return _with_strangers(fit, shape)


def _with_strangers(fit: WeightFit, shape: Shape) -> WeightFit | None:
    """Return the fit where a head stands under other names than the network's, such as ``fc1`` and ``fc2``, and nothing else does."""
    state, place = fit.named.state, head_places(shape.last)[-1]
    strange = {key: value for key, value in state.items() if key.partition(".")[0] not in shape.children}
    body = {key: value for key, value in state.items() if key not in strange}
    if not strange or not shape.features(place) or any(key.startswith(f"{place}.") for key in body):
        return None
    if not shape.body_fits(body, place):
        return None
    layers = head_layers(strange, shape.features(place))
    if not layers:  # several heads, or one of a form that is not known
        heads = any(len(sizes(value)) == 2 for value in strange.values())
        plain = heads and all(len(sizes(value)) <= 2 for value in strange.values())
        aside = fit.named.aside | strange
        return replace(fit, place=place, named=replace(fit.named, state=body, aside=aside)) if plain else None
    inside = {f"{place}.{key}": value for key, value in strange.items()}
    return replace(fit, place=place, layers=layers, named=replace(fit.named, state=body | inside))


def _with_head(fit: WeightFit, shape: Shape) -> WeightFit | None:
    inside = f"{fit.place}."
    own = {key.removeprefix(inside): value for key, value in fit.named.state.items() if key.startswith(inside)}
    features = shape.features(fit.place)
    if own:
        layers = head_layers(own, features)
        return replace(fit, layers=layers) if layers else None
    for names, group in _groups_beside(fit.named) if shape.pools or not fit.numbered else ():
        for concat in (False, True) if fit.numbered else (False,):
            if layers := head_layers(group, 2 * features if concat else features):
                aside = {name: value for name, value in fit.named.aside.items() if name not in names}
                return replace(fit, layers=layers, named=replace(fit.named, aside=aside), concat=concat)
    return fit


def _groups_beside(named: NamedTensors) -> list[tuple[list[str], dict[str, Any]]]:
    """Return what may be the head beside a network, its names and tensors: all parts in a row, then each, likely ones first."""
    parent = named.prefix.rstrip(".").rpartition(".")[0]
    before = f"{parent}." if parent else ""
    inside = [name for name in named.aside if name.startswith(before) and not BESIDE.search(name)]
    parts: dict[str, list[str]] = {}
    for name in inside:
        parts.setdefault(name.removeprefix(before).partition(".")[0], []).append(name)
    likely = [word for word in parts if word in HEADS] + [word for word in list(parts)[::-1] if word not in HEADS]
    found = [
        (parts[word], {name.removeprefix(f"{before}{word}."): named.aside[name] for name in parts[word]})
        for word in likely
    ]
    whole = (inside, {name.removeprefix(before): named.aside[name] for name in inside})
    return [whole, *found] if len(parts) > 1 else found


def chosen_fit(fits: list[WeightFit], asked: str, unready: Container[WeightFit] = ()) -> WeightFit:
    """Return the set that is taken: the one asked for, else an averaged one, else the first.

    Args:
        fits: at least one.
        asked: a label, :data:`USUAL_SET`, or empty.
        unready: averages that are taken only where they are asked for.

    Raises:
        ExplorerError: no set that fits is called so.
    """
    if asked == USUAL_SET:
        return fits[0]
    if asked:
        by_name = {word: fit for fit in reversed(fits) for word in (fit.found.name, fit.label)}
        if asked not in by_name:
            raise unknown("set of weights", asked, [fit.label for fit in fits])
        return by_name[asked]
    plain = [fit for fit in fits if fit.adapted == fits[0].adapted and fit not in unready] or fits[:1]
    return min(plain, key=lambda fit: (not fit.averaged, not fit.averaged_by_prefix))
