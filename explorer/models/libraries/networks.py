"""What each library has to say of its networks: features, identity, size and preparation; the one table of them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from explorer.core.errors import ExplorerError
from explorer.models.custom.spec import PROGRAMS, TORCHSCRIPT, NetworkSpec
from explorer.models.custom.ultralytics import Ultralytics, ultralytics_in_script
from explorer.models.feature_extractor import FeatureExtractor
from explorer.models.libraries import timm_network
from explorer.models.libraries.beside import folder_classes, folder_notes, known_preparation, open_clip_beside
from explorer.models.libraries.hugging_face import network as hugging_face
from explorer.models.libraries.model_folders import HUGGING_FACE
from explorer.models.libraries.names import ONNX
from explorer.models.libraries.onnx import file as onnx_file
from explorer.models.libraries.onnx import network as onnx_network
from explorer.models.libraries.onnx.beside import preparation_beside
from explorer.models.libraries.timm_names import is_timm
from explorer.models.preparation.choice import NETWORK, sized
from explorer.models.preparation.own import own_preparation
from explorer.models.preparation.preparation import DEVIATION, MEAN, Preparation


@dataclass(frozen=True)
class Library:
    """How networks of one library are read; each takes the network's name and the person's specification.

    Attributes:
        load: with the size in pixels and how pictures are prepared, where that is known: the features.
        digest: SHA-256 of the weights.
        size: width and height in pixels that the network is given; None where the pictures decide.
        preparation: with that size: how pictures become what it is given.
    """

    load: Callable[[str, NetworkSpec, int, Preparation | None], FeatureExtractor]
    digest: Callable[[str, NetworkSpec], str]
    size: Callable[[str, NetworkSpec], int | None]
    preparation: Callable[[str, NetworkSpec, int], Preparation]


def library_of(name: str) -> Library | None:
    """Return the library that a network's name belongs to; None for those that are read elsewhere."""
    if is_timm(name):
        return TIMM
    return {ONNX: ONNX_RUNTIME, HUGGING_FACE: TRANSFORMERS}.get(name)


def _onnx_size(name: str, spec: NetworkSpec) -> int | None:
    size, way = onnx_network.size_of(spec.checkpoint), preparation_beside(spec.checkpoint)
    if size and spec.size not in (None, size):
        made = f", made by open_clip.create_model('local-dir:FOLDER', force_image_size={spec.size})"
        raise ExplorerError(
            f"{spec.checkpoint} takes pictures of {size} px only, and {spec.size} were asked for; leave --size out, or save the network for that size"
            f"{made if open_clip_beside(spec.checkpoint) else ''}."
        )
    return size or spec.size or (way.size[1] if way else None)


def _onnx_preparation(name: str, spec: NetworkSpec, size: int) -> Preparation:
    way = preparation_beside(spec.checkpoint)
    if way is not None:
        return way if way.size == (size, size) else sized(way, size)
    usual, white = Preparation.usual(size), onnx_network.white_of(spec.checkpoint)
    return usual if white is None else replace(usual, mean=(0.0,) * 3, std=(1.0,) * 3, white=white)


ONNX_RUNTIME = Library(
    lambda name, spec, size, given: onnx_network.load(spec, given),
    lambda name, spec: onnx_file.content_digest(spec.checkpoint),
    _onnx_size,
    _onnx_preparation,
)
TIMM = Library(
    timm_network.load,
    timm_network.digest_of,
    timm_network.size_of,
    lambda name, spec, size: timm_network.preparation_of(name, spec),
)
TRANSFORMERS = Library(
    lambda name, spec, size, given: hugging_face.load(spec, given),
    lambda name, spec: hugging_face.digest_of(spec.checkpoint, spec.layer),
    lambda name, spec: spec.size or hugging_face.preparation_of(spec).size[1],
    lambda name, spec, size: hugging_face.preparation_of(spec),
)


def own_size(name: str, spec: NetworkSpec) -> int | None:
    """Return the width and height in pixels that a library's network is given; None for any other, or where the pictures decide.

    Raises:
        ExplorerError: its file cannot be read, or does not take the size that was asked for.
    """
    library = library_of(name)
    if library is None:
        way = program_preparation(name, spec)
        return way.size[1] if way and not spec.size else None
    return library.size(name, spec)


def _made(name: str, spec: NetworkSpec) -> Ultralytics | None:
    """Return what a TorchScript file says of a classifier by Ultralytics; None for any other."""
    return ultralytics_in_script(spec.checkpoint) if name == TORCHSCRIPT else None


def program_preparation(name: str, spec: NetworkSpec, size: int | None = None) -> Preparation | None:
    """Return how a program's pictures are prepared, as it says itself or what lies beside it does; None where neither does."""
    if made := _made(name, spec):
        return made.preparation(size) if size else made.preparation()
    way = known_preparation(spec.checkpoint) if name in PROGRAMS else None
    return sized(way, size) if way and way.size != (size, size) else way


def described_beside(
    name: str, spec: NetworkSpec, given: Preparation | None = None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return sentences on what lies beside a program's file whose pictures are prepared so, and the names of its outputs there."""
    if name not in PROGRAMS or _made(name, spec):
        return (), ()
    return folder_notes(spec.checkpoint, given), folder_classes(spec.checkpoint)


def default_preparation(name: str, spec: NetworkSpec, size: int) -> Preparation:
    """Return how pictures become what a network is given where nobody asks for anything else.

    Args:
        name: of the network.
        spec: the person's file.
        size: in pixels, where nothing but the pictures decides it.

    Raises:
        ExplorerError: its file cannot be read.
    """
    library = library_of(name)
    if library is None:
        return program_preparation(name, spec, size) or Preparation.usual(size)
    return library.preparation(name, spec, size)


def asked_preparation(name: str, spec: NetworkSpec, size: int) -> Preparation:
    """Return the preparation that ``--preparation`` names: of the network's own library, or torchvision's.

    A graph that normalises its pixels itself is given what it asks for, also where they are scaled as torchvision does.

    Args:
        name: of the network.
        spec: the person's file, and what was asked of the preparation.
        size: in pixels that the network is given.

    Raises:
        ExplorerError: no library says how its pictures are prepared.
    """
    library = library_of(name)
    alone = name == ONNX and preparation_beside(spec.checkpoint) is None  # a file that nothing describes
    if spec.preparation.base == NETWORK and (way := program_preparation(name, spec, size)):
        return way
    if library is None or (alone and spec.preparation.base == NETWORK):
        return own_preparation(name, spec)
    if spec.preparation.base == NETWORK:
        return library.preparation(name, spec, size)
    known = sized(own_preparation(name, spec), library.size(name, spec))
    if name != ONNX:
        return known
    given = library.preparation(name, spec, size)
    return replace(known, mean=given.mean, std=given.std, white=given.white)


def normalisation(spec: NetworkSpec, preparation: Preparation | None) -> dict[str, list[float]]:
    """Return mean and deviation as they determine features: those that a person gave, or that the network's file asks for."""
    if preparation is None or not preparation.is_usual:  # any other is part of what determines features as a whole
        return {"mean": list(spec.mean), "std": list(spec.std)}
    mean, std = spec.mean or preparation.mean, spec.std or preparation.std
    return {
        "mean": list(mean if spec.mean or mean != MEAN else ()),
        "std": list(std if spec.std or std != DEVIATION else ()),
    }
