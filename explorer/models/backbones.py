"""Frozen torchvision networks: a picture becomes the row of numbers that the last layer reads."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.fx.experimental.optimization import fuse
from torch.nn import functional

from explorer.core.checksums import file_digest
from explorer.core.errors import ExplorerError
from explorer.core.progress import Progress
from explorer.core.torchvision_compat import torchvision
from explorer.datasets.base import Pictures
from explorer.models.custom import architecture, checkpoint
from explorer.models.custom.spec import DEFAULT_SPEC, PROGRAMS, TORCHSCRIPT, NetworkSpec
from explorer.models.custom.spec import DEVIATION as DEVIATION  # known from here
from explorer.models.custom.spec import MEAN as MEAN
from explorer.models.devices import device_of
from explorer.models.feature_extractor import INPUT, FeatureExtractor, LayerHook, last_layer_name
from explorer.models.weights import fetch, path_of, weights_of

# Images a batch: at 128 px on two cores 10 took 43 s for 12,000, 50 took 53 s (the cache holds no more).
BATCH = 10
# Ten photographs of a hundred megapixels would take 4 GB before one of them is made small.
HELD_PIXELS = 40_000_000
# A square of 64 megapixels would take 2 GB in floating point; Pillow makes large ones small in bytes.
SQUARE_PIXELS = 4_000_000
# A last layer of more outputs is a mistake or a trap: ImageNet's largest list has 21,841 classes.
OUTPUTS = 100_000


@dataclass(frozen=True)
class Backbone:
    """A torchvision classification network without its last layer.

    Attributes:
        name: torchvision's name of it, or the kind of program that a person brings (:data:`PROGRAMS`).
        size: pictures are enlarged or cut to this many pixels square.
        own: the person's weights, layer and normalisation.
        weights: SHA-256 that the person's file must have; any where empty.
        device: where it computes; no part of what determines the features.
    """

    name: str
    size: int
    own: NetworkSpec = DEFAULT_SPEC
    weights: str = ""
    device: str = "cpu"

    @property
    def recipe(self) -> dict[str, Any]:
        """What determines the features beside the pictures: the weights' file, the layer, how pictures are prepared."""
        own = self.own
        weights = checkpoint.digest_of(own.checkpoint) if own.checkpoint else path_of(self.name).name
        layer = "" if self._usual(own.layer) else own.layer
        more = {"layer": layer, "mean": list(own.mean), "std": list(own.std)}
        known = {"network": self.name, "weights": weights, "size": self.size, "resize": "bicubic"}
        return known | {name: value for name, value in more.items() if value}

    def load(self, progress: Progress) -> FeatureExtractor:
        """Return the network with its weights, frozen, up to the layer that is read.

        Raises:
            ExplorerError: the checkpoint, the layer or the device cannot be had; the sentence says why.
        """
        device = device_of(self.device)
        self._check_digest()  # before a file that can run code is opened
        if self.name in PROGRAMS:
            body = _program(self.name, self.own)
        else:
            network = (self._own() if self.own.checkpoint else self._official(progress)).eval().requires_grad_(False)
            plain = self._usual(self.own.layer)
            network = _fused(network) if plain else network
            tap = LayerHook.find(network, "" if plain else self.own.layer, self.name.startswith("swin"))
            body = FeatureExtractor(network, tap, self.own)
        return body.to(device)

    def _official(self, progress: Progress) -> nn.Module:
        path, outputs = fetch(self.name, progress), len(weights_of(self.name).meta["categories"])
        network = self._built(outputs, architecture.auxiliary_head_options(self.name, True))
        state = torch.load(path, map_location="cpu", weights_only=True)
        renamed = {checkpoint.current_name(name): value for name, value in state.items()}
        checkpoint.load_weights(network, renamed, str(path), self.name)
        return network

    def _own(self) -> nn.Module:
        """Return the network with a person's weights and as many outputs as they have."""
        path, blank = self.own.checkpoint, architecture.untrained_network(self.name)
        state, key = checkpoint.read_state_dict(path), f"{last_layer_name(blank)}.weight"
        usual = blank.state_dict()[key].shape
        given = state[key].shape if key in state else usual
        outputs = given[0] if len(given) == len(usual) and given[1:] == usual[1:] else usual[0]
        if not 1 <= outputs <= OUTPUTS:
            raise ExplorerError(f"{path} has {outputs:,} outputs in its last layer; 1 to {OUTPUTS:,} are allowed.")
        network = self._built(
            outputs, architecture.auxiliary_head_options(self.name, any("aux" in name.lower() for name in state))
        )
        checkpoint.load_weights(network, state, path, self.name)
        return network

    def _built(self, outputs: int, options: dict[str, Any]) -> nn.Module:
        """Return the network without weights; those that fit one size of picture are built for this one.

        Raises:
            ExplorerError: it cannot be built for pictures of this size.
        """
        sized: dict[str, Any] = {"image_size": self.size} if self.name.startswith("vit_") else {}
        sized |= {"input_size": (self.size, self.size)} if self.name.startswith("maxvit") else {}
        try:
            return torchvision.models.get_model(self.name, weights=None, num_classes=outputs, **sized, **options)
        except (ValueError, AssertionError, RuntimeError) as error:
            said = str(error).strip().splitlines()[0][:120]
            raise ExplorerError(
                f"{self.name} cannot read pictures of {self.size} px ({said}); choose another --size, such as 224."
            ) from error

    def _usual(self, layer: str) -> bool:
        """Return whether a layer is what is read anyway, without building anything where none is named."""
        if not layer or self.name in PROGRAMS:
            return not layer
        return layer == last_layer_name(architecture.untrained_network(self.name)) + INPUT

    def _check_digest(self) -> None:
        """Raise where the person's file is not the one that was asked for, by now."""
        path = self.own.checkpoint
        if path and self.weights and (found := file_digest(checkpoint.readable_file(path))) != self.weights:
            raise ExplorerError(
                f"{path} is not the checkpoint of this run (its SHA-256 begins with {found[:12]}, the run's with {self.weights[:12]}); put that file back, or build again."
            )


def _program(kind: str, own: NetworkSpec) -> FeatureExtractor:
    if kind == TORCHSCRIPT:
        from explorer.models.custom import torchscript

        return torchscript.load(own)
    from explorer.models.custom import exported_program

    return exported_program.load(own)


def _fused(network: nn.Module) -> nn.Module:
    """Return the network with its batch norms folded into its convolutions, where it can be traced: 1.5 times faster."""
    with contextlib.suppress(TypeError, torch.fx.proxy.TraceError):  # the same features to rounding, only slower
        network = fuse(network)
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # missing in torch's types


def extract_features(network: nn.Module, pictures: Pictures, rows: Sequence[int], size: int) -> np.ndarray:
    """Return features ``(len(rows), d)`` float32: what the network's last layer reads.

    Args:
        network: a torchvision classification network, or its body.
        pictures: the images.
        rows: which of them.
        size: pixels square that the network is given.

    Raises:
        ExplorerError: the network makes numbers of them that are not finite.
    """
    body = FeatureExtractor.wrap(network)
    with torch.inference_mode():
        found = torch.cat([body(batch).cpu() for batch in _batches(pictures, rows, size)]).numpy()
    if not np.isfinite(found).all():
        raise ExplorerError(
            "The network makes NaN or infinite numbers of these pictures; its weights are broken, or --mean and --std are not those it was trained with."
        )
    return found


def _batches(pictures: Pictures, rows: Sequence[int], size: int) -> Iterator[Tensor]:
    """Yield batches ``(b, 3, size, size)`` in 0 … 1; pictures of one small size are enlarged together."""
    for start in range(0, len(rows), BATCH):
        yield _together(pictures, rows[start : start + BATCH], size)


def _together(pictures: Pictures, rows: Sequence[int], size: int) -> Tensor:
    """Return :func:`prepare` of some pictures, of which no more are held at once than ``HELD_PIXELS`` and one."""
    held: list[Image.Image] = []
    for row in rows:
        held.append(pictures[row])
        if not _alike(held) or sum(picture.width * picture.height for picture in held) > HELD_PIXELS:
            break
    else:
        return prepare(held, size)
    rest = rows[len(held) :]
    alike = _alike(held) and all(pictures[row].size == held[0].size for row in rest)
    one = _enlarged if alike else _centres
    return torch.cat([one([picture], size) for picture in chain(held, (pictures[row] for row in rest))])


def prepare(pictures: list[Image.Image], size: int) -> Tensor:
    """Return ``(b, 3, size, size)`` in 0 … 1: shortest side to ``size`` (bicubic), centre cut out."""
    return (_enlarged if _alike(pictures) else _centres)(pictures, size)


def _alike(pictures: list[Image.Image]) -> bool:
    """Return whether pictures are enlarged together: squares of one size, small enough to be held in floating point."""
    side = pictures[0].width
    return side * side <= SQUARE_PIXELS and all(picture.size == (side, side) for picture in pictures)


def _enlarged(pictures: list[Image.Image], size: int) -> Tensor:
    batch = torch.from_numpy(np.stack([np.asarray(picture) for picture in pictures])).permute(0, 3, 1, 2) / 255
    if batch.shape[-1] == size:
        return batch
    return functional.interpolate(batch, (size, size), mode="bicubic", antialias=True).clamp(0, 1)


def _centres(pictures: list[Image.Image], size: int) -> Tensor:
    return torch.stack([torch.from_numpy(_cut(picture, size)).permute(2, 0, 1) / 255 for picture in pictures])


def _cut(picture: Image.Image, size: int) -> np.ndarray:
    (width, height), (left, top) = centre_crop(picture.size, size)
    enlarged = picture.resize((width, height), Image.Resampling.BICUBIC)
    return np.array(enlarged.crop((left, top, left + size, top + size)))


def centre_crop(shape: tuple[int, int], size: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return to which (width, height) a picture is scaled, and the left upper corner of the square that is cut out."""
    scale = size / min(shape)
    width, height = (max(size, round(side * scale)) for side in shape)
    return (width, height), ((width - size) // 2, (height - size) // 2)
