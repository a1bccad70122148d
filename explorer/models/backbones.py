"""Pretrained, frozen networks without their last layer: images become rows of features."""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.fx.experimental.optimization import fuse

from explorer.core.checksums import file_digest
from explorer.core.errors import ExplorerError
from explorer.core.progress import Progress
from explorer.core.torchvision_compat import torchvision
from explorer.datasets.pictures import Pictures
from explorer.models.batch_workers import features_in_batches
from explorer.models.custom import architecture, checkpoint, exported_program, torchscript
from explorer.models.custom.fitting.tensor_names import current_name
from explorer.models.custom.own_network import Reading, own_network, set_of
from explorer.models.custom.program import check_steady
from explorer.models.custom.spec import DEFAULT_SPEC, EXPORTED, PROGRAMS, TORCHSCRIPT, NetworkSpec
from explorer.models.custom.spec import DEVIATION as DEVIATION  # known from here
from explorer.models.custom.spec import MEAN as MEAN
from explorer.models.devices import device_of
from explorer.models.feature_extractor import INPUT, FeatureExtractor, LayerHook, last_layer_name
from explorer.models.libraries import networks
from explorer.models.preparation.batches import BATCH
from explorer.models.preparation.preparation import Preparation, recipe_part
from explorer.models.weights import fetch, path_of, weights_of

# The reader of each format of program file; its title stands in :data:`explorer.models.custom.spec.PROGRAMS`.
PROGRAM_READERS: dict[str, Callable[[NetworkSpec], FeatureExtractor]] = {
    TORCHSCRIPT: torchscript.load,
    EXPORTED: exported_program.load,
}


@dataclass(frozen=True)
class Backbone:
    """A torchvision classification network without its last layer.

    Attributes:
        name: torchvision's name of it, or the format of a person's program file (:data:`PROGRAMS`).
        size: width and height in pixels of the images that it is given.
        spec: the person's weights, layer and normalisation.
        weights: SHA-256 that the person's file must have; not checked where empty.
        device: where it computes, such as ``"cpu"``; not part of :attr:`recipe`.
        preparation: how pictures become what it is given; the usual way at ``size`` where None.
        transforms_input: whether published GoogLeNet and Inception change their input, as torchvision lets them; earlier
            runs did without.
    """

    name: str
    size: int
    spec: NetworkSpec = DEFAULT_SPEC
    weights: str = ""
    device: str = "cpu"
    preparation: Preparation | None = None
    transforms_input: bool = True

    @property
    def recipe(self) -> dict[str, Any]:
        """All that determines the features except the images; part of cache keys and run ids."""
        spec = self.spec
        weights = self._digest() if self._library or spec.checkpoint else path_of(self.name).name
        layer = "" if self._is_default_layer(spec.layer) else spec.layer
        more = {"layer": layer, "weights_set": self._weights_set()} | networks.normalisation(spec, self.preparation)
        known = {"network": self.name, "weights": weights, "size": self.size, "resize": "bicubic"}
        given = {name: value for name, value in more.items() if value} | recipe_part(self.preparation)
        return known | given | ({architecture.TRANSFORMS: True} if self._changes_input else {})

    def _weights_set(self) -> str:
        """Return which set of a person's file is taken, where it is not the usual one."""
        named = bool(self.spec.checkpoint) and self._library is None and self.name not in PROGRAMS
        path = self.spec.checkpoint
        return _set_in(path, checkpoint.digest_of(path), self.name, self.spec.weights_set) if named else ""

    @property
    def _library(self) -> networks.Library | None:
        return networks.library_of(self.name)

    def _digest(self, anew: bool = False) -> str:
        """Return the SHA-256 of the person's file, or what a library's weights are known by."""
        if self._library:
            return self._library.digest(self.name, self.spec)
        path = self.spec.checkpoint
        return file_digest(checkpoint.readable_file(path)) if anew else checkpoint.digest_of(path)

    def load(self, progress: Progress) -> FeatureExtractor:
        """Return the frozen network with its weights, up to the layer whose values are the features.

        Raises:
            ExplorerError: the checkpoint, the layer or the device does not exist or cannot be used; the message says why.
        """
        device = device_of(self.device)
        self._check_digest()  # before a file that can run code is opened
        if self._library:
            extractor = self._library.load(self.name, self.spec, self.size, self.preparation)
        elif self.name in PROGRAMS:
            extractor = PROGRAM_READERS[self.name](self._prepared_spec)
            notes, classes = networks.described_beside(self.name, self.spec, self.preparation)
            extractor.notes, extractor.classes = (*extractor.notes, *notes), extractor.classes or classes
            check_steady(extractor, self.size, self.spec.checkpoint, self.name)
        else:
            network, reading = self.network(progress)
            plain = self._is_default_layer(self.spec.layer)
            network = _fused(network) if plain else network
            hook = LayerHook.find(network, "" if plain else self.spec.layer, self.name.startswith("swin"))
            extractor = FeatureExtractor(network, hook, self.spec)
            extractor.notes, extractor.headless, extractor.classes = reading.notes, reading.headless, reading.classes
        if self.preparation is not None:
            extractor.normalise(self.preparation.mean, self.preparation.std, self.preparation.white)
        return extractor.to(device)

    @property
    def _prepared_spec(self) -> NetworkSpec:
        """The person's file with the mean and deviation that its pictures have, wherever these come from."""
        way = self.preparation
        return self.spec if way is None else replace(self.spec, mean=way.mean, std=way.std)

    def network(self, progress: Progress) -> tuple[nn.Module, Reading]:
        """Return a network of torchvision as it is, frozen, and what was taken from a person's file.

        Raises:
            ExplorerError: the weights cannot be had or do not fit.
        """
        network, reading = self._from_checkpoint() if self.spec.checkpoint else (self._official(progress), Reading())
        return network.eval().requires_grad_(False), reading

    def _official(self, progress: Progress) -> nn.Module:
        path, outputs = fetch(self.name, progress), len(weights_of(self.name).meta["categories"])
        more = {architecture.TRANSFORMS: True} if self._changes_input else {}
        network = self._built(outputs, architecture.auxiliary_head_options(self.name, True) | more)
        state = torch.load(path, map_location="cpu", weights_only=True)
        renamed = {current_name(name): value for name, value in state.items()}
        checkpoint.load_weights(network, renamed, str(path), self.name)
        return network

    def _from_checkpoint(self) -> tuple[nn.Module, Reading]:
        """Return the network with a person's weights, and what was taken from their file."""
        return own_network(self.spec.checkpoint, self.name, self.spec.weights_set, self._own)

    def _own(self, outputs: int, auxiliary: bool) -> nn.Module:
        return self._built(outputs, architecture.auxiliary_head_options(self.name, auxiliary))

    @property
    def _changes_input(self) -> bool:
        own = bool(self.spec.checkpoint)
        return self.transforms_input and not own and self.name in architecture.TRANSFORMING

    def _built(self, outputs: int, options: dict[str, Any]) -> nn.Module:
        """Return the network without weights; architectures that depend on the size of the image are built for ``size``.

        Raises:
            ExplorerError: it cannot be built for images of this size.
        """
        sized: dict[str, Any] = {"image_size": self.size} if self.name.startswith("vit_") else {}
        sized |= {"input_size": (self.size, self.size)} if self.name.startswith("maxvit") else {}
        try:
            return torchvision.models.get_model(self.name, weights=None, num_classes=outputs, **sized, **options)
        except (ValueError, AssertionError, RuntimeError) as error:
            reason = str(error).strip().splitlines()[0][:120]
            raise ExplorerError(
                f"{self.name} cannot read pictures of {self.size} px ({reason}); choose another --size, such as 224."
            ) from error

    def _is_default_layer(self, layer: str) -> bool:
        """Return whether ``layer`` names the input of the last layer, the default; nothing is built where it is empty."""
        if not layer or self._library or self.name in PROGRAMS:
            return not layer
        return layer == last_layer_name(architecture.untrained_network(self.name)) + INPUT

    def _check_digest(self) -> None:
        """Raise where the person's file has changed since its checksum was taken."""
        path = self.spec.checkpoint
        if path and self.weights and (current := self._digest(anew=True)) != self.weights:
            raise ExplorerError(
                f"{path} is not the checkpoint of this run (its SHA-256 begins with {current[:12]}, the run's with {self.weights[:12]}); put that file back, or build again."
            )


@lru_cache(maxsize=16)
def _set_in(path: str, _digest: str, name: str, asked: str) -> str:
    """Return :func:`set_of` of a file of this content: a recipe is asked for seven times before a build, a file is read in a second."""
    return set_of(path, name, asked)


def _fused(network: nn.Module) -> nn.Module:
    """Return the network with its batch norms folded into its convolutions (1.5 times faster), where it can be traced."""
    with contextlib.suppress(TypeError, torch.fx.proxy.TraceError):  # the same features to rounding, only slower
        network = fuse(network)
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # missing in torch's types


def extract_features(network: nn.Module, pictures: Pictures, rows: Sequence[int], how: Preparation | int) -> np.ndarray:
    """Return the features ``(len(rows), d)`` float32 of some images.

    Args:
        network: a feature extractor, or a classification network, whose last layer's input is taken.
        pictures: the images.
        rows: the indices of the images.
        how: the preparation; or the size in pixels of the usual one.

    Raises:
        ExplorerError: a feature is not finite.
    """
    return features_of(network, pictures, rows, how, BATCH)


def features_of(
    network: nn.Module, pictures: Pictures, rows: Sequence[int], how: Preparation | int, batch: int
) -> np.ndarray:
    """Return what :func:`extract_features` does, ``batch`` pictures at once; by that they differ in the last digits."""
    extractor = FeatureExtractor.wrap(network)
    features = features_in_batches(extractor, pictures, rows, how, batch).numpy()
    if not np.isfinite(features).all():
        raise ExplorerError(
            "The network makes NaN or infinite numbers of these pictures; its weights are broken, or --mean and --std are not those it was trained with."
        )
    return features
