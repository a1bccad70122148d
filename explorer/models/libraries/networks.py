"""The reader of each kind of network that brings its own architecture, its identity, and the size that it is given."""

from collections.abc import Callable
from dataclasses import replace

from explorer.core.errors import ExplorerError
from explorer.models.custom.spec import NetworkSpec
from explorer.models.feature_extractor import FeatureExtractor
from explorer.models.libraries import onnx_file, onnx_network
from explorer.models.libraries.names import ONNX
from explorer.models.preparation.preparation import DEVIATION, MEAN, Preparation

READERS: dict[str, Callable[[NetworkSpec], FeatureExtractor]] = {ONNX: onnx_network.load}
DIGESTS: dict[str, Callable[[str], str]] = {ONNX: onnx_file.content_digest}
SIZES: dict[str, Callable[[str], int | None]] = {ONNX: onnx_network.size_of}


def own_size(name: str, spec: NetworkSpec) -> int | None:
    """Return the only width and height in pixels that a network takes; None where it takes any, or is of no library here.

    Raises:
        ExplorerError: its file cannot be read, or another size was asked for.
    """
    size = SIZES[name](spec.checkpoint) if name in SIZES else None
    if size and spec.size not in (None, size):
        raise ExplorerError(
            f"{spec.checkpoint} takes pictures of {size} px only, and {spec.size} were asked for; leave --size out, or save the network for that size."
        )
    return size


def default_preparation(name: str, spec: NetworkSpec, size: int) -> Preparation:
    """Return how pictures become what a network is given where nobody asks for anything else.

    Args:
        name: of the network.
        spec: the person's file.
        size: in pixels, where nothing but the pictures decides it.

    Raises:
        ExplorerError: its file cannot be read.
    """
    usual = Preparation.usual(size)
    scale = onnx_network.scale_of(spec.checkpoint) if name == ONNX else None
    return usual if scale is None else replace(usual, mean=(0.0,) * 3, std=(1.0,) * 3, white=scale)


def normalisation(spec: NetworkSpec, preparation: Preparation | None) -> dict[str, list[float]]:
    """Return mean and deviation as they determine features: those that a person gave, or that the network's file asks for."""
    if preparation is None or not preparation.is_usual:  # any other is part of what determines features as a whole
        return {"mean": list(spec.mean), "std": list(spec.std)}
    mean, std = spec.mean or preparation.mean, spec.std or preparation.std
    return {
        "mean": list(mean if spec.mean or mean != MEAN else ()),
        "std": list(std if spec.std or std != DEVIATION else ()),
    }
