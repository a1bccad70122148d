"""Reader of checkpoints: state dicts and safetensors, read without running code; any other file is refused with the reason."""

import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from explorer.core.checksums import file_digest
from explorer.core.errors import ExplorerError
from explorer.models.custom.architecture import matching_networks
from explorer.models.custom.files import kinds
from explorer.models.custom.files.folders import ENDINGS, JOIN, folder_hint, in_parts
from explorer.models.custom.files.inert import TensorRecord
from explorer.models.custom.files.kinds import kind_of
from explorer.models.custom.files.torch_file import TorchFile, read_pickles, read_zip
from explorer.models.custom.fitting.tensor_names import COUNTER, Pruned
from explorer.models.custom.spec import PROGRAMS

ALLOWED = "give a state dict, saved with torch.save(model.state_dict(), 'weights.pth') or as .safetensors"
# Each of the two words of a network's name at Hugging Face: who made it, and what it is called.
HUB_WORD = re.compile(r"\w[\w.-]*")
FLOATS = "save them as such: torch.save({name: value.dequantize() for name, value in model.state_dict().items()}, 'weights.pth')"
OTHERWISE = "give the --backbone it was trained with, or save the whole network where it was made: torch.onnx.export(model.eval(), (images,), 'net.onnx')"
# What batch normalisation has measured: no parameter of a network, and nothing works without it.
RUNNING = (".running_mean", ".running_var")
ALL_OF_IT = "these are what its batch normalisation has measured, and no parameters; save all of it, by torch.save(model.state_dict(), 'weights.pth')"
CHANNELS = "it was made for pictures of {} channels, and they are given here with the three of red, green and blue; give a network for these"
# The most tensor names that an error lists.
SHOWN = 3


def digest_of(path: str) -> str:
    """Return the SHA-256 of a checkpoint's content, read again only where the file changed.

    Raises:
        ExplorerError: there is no such file, or it is empty.
    """
    status = readable_file(path).stat()
    return _digest(path, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=16)
def _digest(path: str, size: int, changed: int) -> str:
    return file_digest(Path(path))


def readable_file(path: str) -> Path:
    """Return the path of a file after checking that it exists, can be read and is not empty.

    Raises:
        ExplorerError: it is a folder, missing, empty, or may not be read.
    """
    file = Path(path)
    try:
        if file.is_dir():
            raise ExplorerError(f"{path} is a folder, not a checkpoint; {folder_hint(file) or ALLOWED}.")
        if not file.is_file():
            raise ExplorerError(f"There is no file {path}; {_from_hub(path) or ALLOWED}.")
        with file.open("rb") as stream:
            empty = not stream.read(1)
    except (OSError, ValueError) as error:
        raise ExplorerError(
            f"{path} cannot be read ({getattr(error, 'strerror', None) or error}); {ALLOWED}."
        ) from error
    if empty:
        raise ExplorerError(f"{path} is empty (0 bytes); {ALLOWED}.")
    return file


def _from_hub(path: str) -> str:
    """Return how a network that Hugging Face keeps under such a name is given; empty for what is no such name."""
    here = Path.cwd()
    name = Path(path).relative_to(here) if Path(path).is_relative_to(here) else Path(path)
    words = all(HUB_WORD.fullmatch(part) for part in name.parts)
    if len(name.parts) != 2 or not words or name.suffix in ENDINGS or name.parent.is_dir():
        return ""
    return f"if it is a network's name at Hugging Face, fetch it first: hf download {name.as_posix()} --local-dir FOLDER, and give that folder"


@dataclass(eq=False)
class OpenedFile:
    """A file of weights that was read as numbers.

    Attributes:
        path: of the file.
        content: what it holds: tensors, records of tensors and plain values, in tables.
        source: of the records' numbers.
    """

    path: str
    content: Any
    source: TorchFile | None = None

    def tensor(self, value: Any, key: str, name: str) -> Tensor:
        """Return the tensor called ``key`` of network ``name``, of which ``value`` may be a record.

        Raises:
            ExplorerError: it is not made of plain numbers, or they are not in the file.
        """
        if isinstance(value, Pruned) and value.is_held:
            return self.tensor(value.original, key, name) * self.tensor(value.mask, key, name)
        if isinstance(value, Tensor):
            return value
        if not isinstance(value, TensorRecord) or self.source is None:
            raise ExplorerError(f"{self.path} does not fit {name}: {key} is not made of plain numbers; {FLOATS}.")
        with _damage(self.path):
            return self.source.tensor(value)


def opened(path: str) -> OpenedFile:
    """Return what a file of weights holds, whatever its name ends with; nothing in the file is executed.

    Raises:
        ExplorerError: it is damaged, or of a kind that is not read here; the sentence says which, and the way in.
    """
    file = readable_file(path)
    kind = kind_of(file)
    if kind == kinds.SAFETENSORS or (kind == kinds.OTHER and file.suffix == ".safetensors"):
        return OpenedFile(path, _safetensors(file))
    if kind not in (kinds.TORCH_ZIP, kinds.PICKLE):
        raise ExplorerError(_not_read(file, kind))
    if kind == kinds.TORCH_ZIP:
        _check_packing(file)
    with _damage(path):
        source = read_zip(file) if kind == kinds.TORCH_ZIP else read_pickles(file)
    return OpenedFile(path, source.content, source)


def _safetensors(file: Path) -> Mapping[str, Any]:
    try:
        return load_file(file)
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise ExplorerError(
            f"{file} is no whole .safetensors file ({_first(error)}); copy it again, or {ALLOWED}."
        ) from error


@contextmanager
def _damage(path: str) -> Iterator[None]:
    """Turn whatever a damaged file makes of its reader into one sentence; what is read is never run."""
    try:
        yield
    except MemoryError as error:
        raise ExplorerError(f"{path} asks for more memory than there is; {ALLOWED}.") from error
    except Exception as error:
        raise ExplorerError(
            f"{path} is damaged or no checkpoint ({_first(error)}); copy it again, or {ALLOWED}."
        ) from error


def _not_read(file: Path, kind: str) -> str:
    """Return the sentence for a file of another kind: what it is, and the way in."""
    if kind in PROGRAMS:
        return f"{file} is a {PROGRAMS[kind]} program, which can run any code when it is loaded; {ALLOWED}. It is loaded only with --backbone {kind} --trust-code."
    if kind == kinds.ONNX:
        return f"{file} is an ONNX graph, which brings its own architecture; give --backbone onnx, or {ALLOWED}."
    if kind == "zip":
        return f"{file} is a zip, but no checkpoint; {ALLOWED}."
    if kind in kinds.FOREIGN:
        foreign = kinds.FOREIGN[kind]
        return f"{file} is {foreign.title}; {foreign.way}."
    return f"{file} is damaged or no checkpoint; copy it again, or {ALLOWED}."


def _check_packing(file: Path) -> None:
    """Refuse a zip that unpacks to something larger."""
    with zipfile.ZipFile(file) as archive:
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in archive.infolist()):
            raise ExplorerError(f"{file} is a compressed zip, which torch.save never writes; {ALLOWED}.")


def load_weights(
    network: nn.Module, state: Mapping[str, Tensor], path: str, name: str, advice: Callable[[], str] = str
) -> None:
    """Load a state dict into ``network``, which has as many outputs.

    Args:
        network: takes the weights.
        state: tensors by the network's names.
        path: of the file.
        name: of the network.
        advice: what to do where they are of another network, which the tensors themselves do not tell.

    Raises:
        ExplorerError: tensors are missing, unexpected, of another shape or kind, or not finite.
    """
    wanted = network.state_dict()  # it also carries the versions of its layers, without which MNASNet loads nothing
    _check_names(wanted, state, path, name, advice)
    for key in [key for key in wanted if key in state]:
        _check_tensor(key, wanted[key], state, path, name, advice)
        wanted[key] = state[key].detach()
    network.load_state_dict(wanted)


def _check_names(
    wanted: Mapping[str, Tensor], state: Mapping[str, Tensor], path: str, name: str, advice: Callable[[], str]
) -> None:
    missing = [key for key in wanted if key not in state and not key.endswith(COUNTER)]
    more = [key for key in state if key not in wanted]
    if not missing and not more:
        return
    parts = [f"lacks {_some(missing, len(wanted))}"] if missing else []
    parts += [f"has {_some(more, len(state))} that {name} does not have"] if more else []
    running = bool(missing) and not more and all(key.endswith(RUNNING) for key in missing)
    way = ALL_OF_IT if running else _advice(state, name, path, advice)
    raise ExplorerError(f"{path} is no checkpoint of {name}: it {' and '.join(parts)}; {way}.")


def _check_tensor(
    key: str, wanted: Tensor, state: Mapping[str, Tensor], path: str, name: str, advice: Callable[[], str]
) -> None:
    given, refused = state[key], f"{path} does not fit {name}: {key}"
    if given.shape != wanted.shape:
        shapes = f"{tuple(given.shape)}, and {name} needs {tuple(wanted.shape)}"
        way = CHANNELS.format(given.shape[1]) if _other_channels(given, wanted) else _advice(state, name, path, advice)
        raise ExplorerError(f"{refused} is {shapes}; {way}.")
    if given.layout != torch.strided or given.is_quantized or given.is_complex() or given.is_meta:
        raise ExplorerError(f"{refused} is not made of plain numbers; {FLOATS}.")
    if bad := int((~torch.isfinite(given.float())).sum()):
        counted = f"{bad:,} of its {given.numel():,} numbers are NaN or infinite"
        raise ExplorerError(
            f"{path} is broken: {key} is not finite ({counted}); give a checkpoint from before the training failed."
        )


def _other_channels(given: Tensor, wanted: Tensor) -> bool:
    """Return whether a first convolution differs in that it takes more channels than a picture has, and in nothing else."""
    shape, needed = list(given.shape), list(wanted.shape)
    return len(shape) == 4 and shape[1] > needed[1] == 3 and shape[:1] + shape[2:] == needed[:1] + needed[2:]


def _advice(state: Mapping[str, Tensor], name: str, path: str, advice: Callable[[], str]) -> str:
    """Return what to do instead: the network that the tensors fit, where there is one."""
    if in_parts([Path(path).name]):
        return JOIN
    fits = matching_networks(state)
    if name in fits:
        return "give the --size it was trained at"
    return f"it fits {' or '.join(fits)}, so give --backbone {fits[0]}" if fits else advice() or OTHERWISE


def _some(names: list[str], of: int) -> str:
    shown = ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else "")
    return f"{len(names)} of {of} tensors ({shown})"


def _first(error: Exception) -> str:
    """Return the first line of a library's error, short enough for a sentence."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].rstrip(".")[:120]
