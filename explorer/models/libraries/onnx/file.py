"""Reader of ONNX files: the graph with all of its numbers, checked before anything is made of it; nothing of it is run here."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from explorer.core.checksums import canonical, digest, file_digest
from explorer.core.errors import ExplorerError
from explorer.core.files import megabytes
from explorer.models.custom.checkpoint import readable_file
from explorer.models.libraries.extras import needed
from explorer.models.libraries.local_files import file_inside
from explorer.models.libraries.onnx.nodes import SAVED, check_nodes, tensors_of
from explorer.models.libraries.onnx.size import parsed_bytes

# With ONNX Runtime's copies a network of that many bytes takes 2 GB; ViT-B/16 has 346 MB.
MOST_BYTES = 400 * 2**20
# What the graph may take beside its numbers: graphs of large networks take ten or twenty.
MOST_GRAPH = 100 * 2**20


def read_model(path: str) -> Any:
    """Return an ONNX file's model (``onnx.ModelProto``), with the numbers that lie in files beside it.

    Raises:
        ExplorerError: it is damaged, too large, names a file outside its folder, or holds operators that are not run.
    """
    file = readable_file(path)
    model = _parsed(file)
    total = file.stat().st_size
    for tensor, place in _external(file, model):
        offset, length = _part(tensor, place, file)
        total += length  # many tensors may share one part of a file
        _check_size(file, total)
        with place.open("rb") as stream:
            stream.seek(offset)
            tensor.raw_data = stream.read(length)
        tensor.ClearField("external_data")
        tensor.ClearField("data_location")
    check_nodes(file, model)
    return model


def words_of(path: str) -> dict[str, str]:
    """Return the words about itself that an ONNX file holds beside its graph.

    Raises:
        ExplorerError: it is damaged, or too large.
    """
    file = readable_file(path)
    status = file.stat()
    return _words(file, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=16)
def _words(file: Path, size: int, changed: int) -> dict[str, str]:
    return {each.key: each.value for each in _parsed(file).metadata_props}


def content_digest(path: str) -> str:
    """Return the SHA-256 of an ONNX file, or of it and the files beside it that hold its numbers.

    Raises:
        ExplorerError: it is damaged, too large, or names a file outside its folder.
    """
    file = readable_file(path)
    places, seen = beside(path), file.stat()
    stamps = [(place, place.stat().st_size, place.stat().st_mtime_ns) for place in places]
    return _digest(((file, seen.st_size, seen.st_mtime_ns), *stamps))


def beside(path: str) -> list[Path]:
    """Return the files that hold an ONNX file's numbers, sorted; none where it holds them itself.

    Raises:
        ExplorerError: as :func:`content_digest`.
    """
    file = readable_file(path)
    status = file.stat()
    return _beside(file, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=16)
def _beside(file: Path, size: int, changed: int) -> list[Path]:
    return sorted({place for _, place in _external(file, _parsed(file))})


@lru_cache(maxsize=16)
def _digest(stamps: tuple[tuple[Path, int, int], ...]) -> str:
    whole = [file_digest(path) for path, _, _ in stamps]
    return digest(canonical(whole)) if len(whole) > 1 else whole[0]


def _parsed(file: Path) -> Any:
    """Return the parsed file, after checking how much memory it takes."""
    onnx, _ = needed("onnx", f"{file} is an ONNX file, which")
    _check_size(file, file.stat().st_size)
    content = file.read_bytes()
    most = len(content) + MOST_GRAPH
    try:
        large = parsed_bytes(content, onnx.ModelProto.DESCRIPTOR, most) > most
        model = None if large else onnx.ModelProto.FromString(content)
    except Exception as error:  # the parser's own errors; what is damaged may stop it anywhere
        raise ExplorerError(f"{file} is a damaged ONNX file; copy it again, or save it anew by {SAVED}.") from error
    if model is None:
        raise ExplorerError(
            f"{file} would take far more memory than it has bytes, so it was not read; save it by {SAVED}."
        )
    if not model.graph.node:
        raise ExplorerError(f"{file} is an ONNX file without a graph; save it by {SAVED}.")
    return model


def _external(file: Path, model: Any) -> list[tuple[Any, Path]]:
    """Return the tensors whose numbers lie in other files, with those files."""
    found = []
    for tensor in tensors_of(model):
        if tensor.data_location or tensor.external_data:
            found.append((tensor, file_inside(file.parent, _named(tensor).get("location", ""), file)))
    _check_size(file, sum(place.stat().st_size for place in {place for _, place in found}))
    return found


def _part(tensor: Any, place: Path, file: Path) -> tuple[int, int]:
    """Return offset and length of a tensor's numbers in the file that holds them."""
    named, whole = _named(tensor), place.stat().st_size
    try:
        offset = int(named.get("offset", 0))
        length = int(named.get("length", whole - offset))
    except ValueError:
        offset = length = -1
    if offset < 0 or length < 0 or offset + length > whole:
        raise ExplorerError(f"{file} asks for numbers that {place.name} does not have; copy both files again.")
    return offset, length


def _named(tensor: Any) -> dict[str, str]:
    return {entry.key: entry.value for entry in tensor.external_data}


def _check_size(file: Path, size: int) -> None:
    if size > MOST_BYTES:
        raise ExplorerError(
            f"{file} has {megabytes(size)}; ONNX networks of up to {megabytes(MOST_BYTES)} are read, so give a smaller one, or the weights as .safetensors."
        )
