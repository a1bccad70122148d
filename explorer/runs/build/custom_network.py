"""Facts on a custom network in a run's manifest: its own last layer beside the one that is fitted here."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from explorer.core.phrases import percent
from explorer.models.custom.architecture import TRANSFORMING, TRANSFORMS
from explorer.models.feature_extractor import FeatureExtractor
from explorer.models.sharded_head.scaling import RawRows
from explorer.runs.build.own_layer import Labelled, OwnLayer, judged
from explorer.runs.build.plan import Plan

SHARE = "If the checkpoint was trained on these images, the scores are only the last layer's share of their influence."
# The key of the sentences on what was taken from the file.
NOTES = "checkpoint_notes"
# The key of the sentence that says why the network is doubtful.
DOUBT = "checkpoint_doubt"
# The key of those on how its pictures were prepared, and on preparations that fit its own last layer better.
PREPARED = "checkpoint_preparation"
# Why a network that was read rightly by its names does badly.
REASONS = "Likely reasons: it was trained at another size than {size} (--size), with another mean and deviation (--mean, --std), on pictures cut, squeezed or turned in another way (--resize, --crop, --orientation), with blue first (--colours bgr), for other classes, or it is another architecture with the same names: equal names are no proof."
# Most outputs that a sentence lists.
NAMED = 20
CHANGES_INPUT = "This network turns its input into mean and deviation 0.5 itself, as torchvision's published weights need; runs of it that were built before this was so have other features and other ids."
MAY_CHANGE_INPUT = "No file of weights of this network says whether its input was turned into mean and deviation 0.5, as torchvision does with its published weights; if training began with those, add --mean 0.5 --std 0.5."


@dataclass(frozen=True, eq=False)
class OwnNetwork:
    """What is known of what the person brought.

    Attributes:
        facts: for the manifest.
        layer: how its own last layer does; None where it cannot be judged.
        outputs: of that layer; None where it is no linear layer on these features.
        notes: sentences on what was read.
    """

    facts: dict[str, Any]
    layer: OwnLayer | None = None
    outputs: int | None = None
    notes: tuple[str, ...] = ()


def custom_network_facts(
    planned: Plan, network: nn.Module, train: np.ndarray | RawRows, test: np.ndarray | RawRows
) -> OwnNetwork:
    """Return what is known of what the person brought; empty where nothing was.

    Args:
        planned: the request.
        network: that made the features.
        train: raw features of the training images ``(n, d)``, in memory or in files.
        test: of the test images ``(m, d)``.

    Raises:
        ExplorerError: the names given for its outputs are not theirs.
    """
    own, places = planned.config.own, (each.device.type for each in chain(network.parameters(), network.buffers()))
    device = next(places, "cpu")  # one that is only promised has no weights, and is promised for the processor alone
    facts: dict[str, Any] = {"own": own.to_dict()} if own.to_dict() else {}
    facts |= {"device": device} if device != "cpu" else {}
    if not own.checkpoint or not isinstance(network, FeatureExtractor):
        return OwnNetwork(facts)
    head, data = network.head(), planned.dataset
    sides = Labelled(train, planned.train.labels), Labelled(test, data.test.labels)
    layer = judged(head, *sides, data.class_names, own.classes, network.classes)
    facts |= layer.facts() if layer else {}
    facts |= {NOTES: list(network.notes)} if network.notes else {}
    return OwnNetwork(facts, layer, len(head[0]) if head else None, network.notes)


def with_custom_network(facts: dict[str, Any], custom: OwnNetwork, prepared: Sequence[str] = ()) -> dict[str, Any]:
    """Merge what is known of a custom network into a manifest: its fields, its display facts, its notice.

    Args:
        facts: the manifest so far.
        custom: what is known of the network.
        prepared: sentences on how pictures were prepared for it.
    """
    merged, own = facts | custom.facts, custom.facts.get("own", {})
    shown = _facts(own, facts["recipe"])
    if "checkpoint" not in own:
        notice = f"{facts['notice']} {CHANGES_INPUT}".strip() if TRANSFORMS in facts["recipe"] else facts["notice"]
        return merged | {"facts": facts["facts"] | shown, "notice": notice}
    doubt = _doubt(custom.layer, facts)
    order = _order(custom.layer, facts["classes"])
    merged |= {DOUBT: doubt} if doubt else {}
    more = [each for each in (order, _unjudged(custom, facts["classes"])) if each]
    merged |= {NOTES: [*custom.notes, *more]} if more else {}
    shown["the checkpoint's own last layer"] = _head(custom, facts["classes"])
    shown |= {"what was read of it": " ".join(custom.notes)} if custom.notes else {}
    merged |= {PREPARED: list(prepared)} if prepared else {}
    shown |= {"its own last layer and the preparation": " ".join(prepared)} if prepared else {}
    said = [*custom.notes, doubt, *prepared, *more, _difference(custom.layer), SHARE]
    said += [MAY_CHANGE_INPUT] if facts["backbone"] in TRANSFORMING and not own.get("mean") else []
    notice = " ".join(
        each for each in [f"The network is the checkpoint {Path(own['checkpoint']).name}.", *said] if each
    )
    return merged | {"facts": facts["facts"] | shown, "notice": f"{facts['notice']} {notice}".strip()}


def _doubt(layer: OwnLayer | None, facts: dict[str, Any]) -> str:
    """Return that a network is doubtful and the likely reasons; empty where it is not."""
    why = layer.doubt(facts["accuracy"]) if layer else ""
    if not layer or not why:
        return ""
    size = f"{facts['recipe']['size']} px" if "size" in facts["recipe"] else "this size"
    return f"This network is doubtful: its own last layer gets {percent(layer.accuracy)} of the test images right, {why}. {REASONS.format(size=size)}"


def _order(layer: OwnLayer | None, classes: list[str]) -> str:
    """Return which output was taken for which class, where that is not the data's order."""
    if layer is None:
        return ""
    names = ", ".join(layer.order)
    if layer.single:
        return f"It has one output: above 0 it is taken as {layer.order[1]}, below as {layer.order[0]}."
    if layer.told == "fits":
        return f"Its outputs seem to be in the order {names}: so taken it gets {percent(layer.accuracy)} right, in the order {', '.join(classes)} {percent(layer.in_data_order)}. Say so with --classes {','.join(layer.order)}, but look at --size, --orientation and --colours first: pictures given otherwise than in training can turn classes round, too."
    if layer.told == "file" and len(layer.order) <= NAMED:
        return f"Its file gives its outputs in the order {names}, and so they were taken."
    return ""


def _difference(layer: OwnLayer | None) -> str:
    fitted = "a last layer fitted again with the penalty λ, to features that stay as they are"
    if layer is None:
        return f"Accuracy and scores belong to {fitted}."
    return f"Its own last layer gets {percent(layer.accuracy)} of the test images right; accuracy and scores here belong to {fitted}, so they may differ from it."


def _unjudged(custom: OwnNetwork, classes: list[str]) -> str:
    """Return that the own last layer is not judged, and why; empty where it is judged or a note says that there is none."""
    if custom.layer is not None or (custom.outputs is None and custom.notes):
        return ""
    return f"Its own last layer is {_head(custom, classes)}."


def _head(custom: OwnNetwork, classes: list[str]) -> str:
    layer = custom.layer
    if layer is not None:
        order = layer.order if len(layer.order) <= max(NAMED, len(classes)) else classes
        taken = (
            f"its one output above 0 taken as {layer.order[1]}"
            if layer.single
            else f"its outputs taken in the order {', '.join(order)}"
        )
        return f"{percent(layer.accuracy)} of the test images right, {taken}; the accuracy above is of the layer fitted here"
    if custom.outputs is None:
        return "not judged: there is none, or it is no linear layer on these features up to its answer; a new one was fitted"
    return f"not judged: it has {custom.outputs:,} outputs, the data {len(classes):,} classes; a new one was fitted"


def _facts(own: dict[str, Any], recipe: dict[str, Any]) -> dict[str, str]:
    """Return in words what differs from torchvision's way."""
    facts = (
        {"checkpoint": f"{Path(own['checkpoint']).name} (SHA-256 {recipe['weights'][:16]}…)"}
        if "checkpoint" in own
        else {}
    )
    facts |= {"features are read at the layer": recipe["layer"]} if "layer" in recipe else {}
    for key, word in (("mean", "mean of the colour channels"), ("std", "deviation of the colour channels")):
        facts |= {word: ", ".join(f"{value:g}" for value in recipe[key])} if key in recipe else {}
    return facts
