"""The file of the network of ``small-cnn-smooth`` after each epoch."""

from dataclasses import fields
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import nn

from explorer.core.files import save_bytes
from explorer.models.smooth_cnn.frozen import as_module as as_module
from explorer.models.smooth_cnn.network import Network
from explorer.models.smooth_cnn.recipe import Recipe
from explorer.models.smooth_cnn.recording import Recording
from explorer.models.smooth_cnn.steps import State


def network_of(recipe: Recipe, classes: int) -> Network:
    """Return the layers that a recipe says."""
    given = {each.name: getattr(recipe, each.name) for each in fields(Network) if each.name != "classes"}
    return Network(classes=classes, **given)


def save_epochs(recording: Recording, folder: Path) -> None:
    """Write the network after every epoch as ``epoch-N.safetensors``, with the epoch's mean learning rate."""
    training, each = recording.training, recording.layout.each
    for epoch in range(training.recipe.epochs):
        steps = range(epoch * each, (epoch + 1) * each)
        rate = sum(training.recipe.rate_at(step, training.steps) for step in steps) / each
        save_state(folder / f"epoch-{epoch + 1}.safetensors", recording.state(steps.stop), rate)


def save_state(path: Path, state: State, rate: float) -> None:
    """Write weights and running statistics of a state, with a learning rate."""
    parts = {
        "theta": state.theta,
        "statistics": torch.cat([state.theta[:0], *(part for pair in state.statistics for part in pair)]),
    }
    save_bytes(path, save(parts, {"rate": repr(rate)}))


def load(path: Path, network: Network) -> tuple[nn.Module, float]:
    """Return the network as it was after a saved epoch, and the epoch's mean learning rate."""
    state, rate = load_state(path, network)
    return as_module(network, state), rate


def load_state(path: Path, network: Network) -> tuple[State, float]:
    """Return weights and running statistics after a saved epoch, without Adam's moments, and the epoch's mean learning rate."""
    with safe_open(path, "pt") as stored:
        theta, flat = stored.get_tensor("theta"), stored.get_tensor("statistics")
        rate = float(stored.metadata()["rate"])
    parts = flat.split([width for width in network.widths for _ in range(2)])
    statistics = list(zip(parts[::2], parts[1::2], strict=True))
    return State(theta, torch.zeros(2, len(theta)), statistics), rate
