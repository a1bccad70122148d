"""Facts on a custom network in a run's manifest: its own last layer beside the one that is fitted here."""

from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from explorer.models.custom.architecture import TRANSFORMING, TRANSFORMS
from explorer.models.feature_extractor import FeatureExtractor
from explorer.runs.build.plan import Plan

SHARE = "If the checkpoint was trained on these images, the scores are only the last layer's share of their influence."
# The key of the accuracy, in the manifest and in ``build --json``.
ACCURACY = "checkpoint_accuracy"
# The key of the sentences on what was taken from the file.
NOTES = "checkpoint_notes"


CHANGES_INPUT = "This network turns its input into mean and deviation 0.5 itself, as torchvision's published weights need; runs of it that were built before this was so have other features and other ids."
MAY_CHANGE_INPUT = "No file of weights of this network says whether its input was turned into mean and deviation 0.5, as torchvision does with its published weights; if training began with those, add --mean 0.5 --std 0.5."


def custom_network_facts(planned: Plan, network: nn.Module, test: np.ndarray) -> dict[str, Any]:
    """Return what a manifest says of what the person brought; nothing where nothing was.

    Args:
        planned: the request.
        network: that made the features.
        test: raw features of the test images ``(m, d)``.
    """
    own, device = planned.config.own, next(chain(network.parameters(), network.buffers())).device.type
    facts: dict[str, Any] = {"own": own.to_dict()} if own.to_dict() else {}
    facts |= {"device": device} if device != "cpu" else {}
    if not own.checkpoint:
        return facts
    head = network.head() if isinstance(network, FeatureExtractor) else None
    right = accuracy(head, test, planned.dataset.test.labels, len(planned.dataset.class_names))
    known = {ACCURACY: right} if right is not None else {}
    outputs = len(head[0]) if head else None
    notes = list(network.notes) if isinstance(network, FeatureExtractor) else []
    return facts | known | ({NOTES: notes} if notes else {}) | {"outputs": outputs}


def accuracy(
    head: tuple[np.ndarray, np.ndarray] | None, test: np.ndarray, labels: np.ndarray, classes: int
) -> float | None:
    """Return the share of test images that a last layer gets right as it came.

    Args:
        head: weights ``(C, d)`` and bias ``(C,)``.
        test: raw features ``(m, d)``.
        labels: ``(m,)``.
        classes: of the data set.

    Returns:
        None where there is no such layer, or it has another number of outputs than there are classes.
    """
    if head is None or len(head[0]) != classes or not len(labels):
        return None
    logits = test.astype(np.float64) @ head[0].T + head[1]
    return float((logits.argmax(axis=1) == labels).mean())


def with_custom_network(facts: dict[str, Any], custom: dict[str, Any]) -> dict[str, Any]:
    """Merge the facts on a custom network into a manifest: its numeric fields, its display facts, its notice."""
    outputs, merged = custom.pop("outputs", None), facts | custom
    own = custom.get("own", {})
    shown = _facts(own, facts["recipe"])
    if "checkpoint" not in own:
        notice = f"{facts['notice']} {CHANGES_INPUT}".strip() if TRANSFORMS in facts["recipe"] else facts["notice"]
        return merged | {"facts": facts["facts"] | shown, "notice": notice}
    shown["the checkpoint's own last layer"] = _head(custom.get(ACCURACY), outputs, facts["classes"])
    notes = custom.get(NOTES, [])
    shown |= {"what was read of it": " ".join(notes)} if notes else {}
    said = [*notes, _difference(custom.get(ACCURACY)), SHARE]
    notice = f"The network is the checkpoint {Path(own['checkpoint']).name}. {' '.join(said)}"
    if facts["backbone"] in TRANSFORMING and not own.get("mean"):
        notice += f" {MAY_CHANGE_INPUT}"
    return merged | {"facts": facts["facts"] | shown, "notice": f"{facts['notice']} {notice}".strip()}


def _difference(share: float | None) -> str:
    fitted = "a last layer fitted again with the penalty λ, to features that stay as they are"
    if share is None:
        return f"Accuracy and scores belong to {fitted}."
    return f"Its own last layer gets {share:.1%} of the test images right; accuracy and scores here belong to {fitted}, so they may differ from it."


def _head(share: float | None, outputs: int | None, classes: list[str]) -> str:
    if share is not None:
        return f"{share:.1%} of the test images right, its outputs taken in the order {', '.join(classes)}; the accuracy above is of the layer fitted here"
    if outputs is None:
        return "not judged: it is not a linear layer on these features; a new one was fitted"
    return f"not judged: it has {outputs:,} outputs, the data {len(classes):,} classes; a new one was fitted"


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
