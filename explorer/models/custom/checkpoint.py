"""Reader of checkpoints: state dicts and safetensors, read without running code; any other file is refused with the reason."""

import pickle
import pickletools
import re
import warnings
import zipfile
from collections.abc import Mapping
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
from explorer.models.custom.spec import EXPORTED, PROGRAMS, TORCHSCRIPT

ALLOWED = "give a state dict, saved with torch.save(model.state_dict(), 'weights.pth') or as .safetensors"
# Keys under which training programs store the state dict, beside the epoch and the optimiser's state.
WRAPPERS = ("state_dict", "model_state_dict", "model", "weights")
# What torch.nn.DataParallel, torch.compile and Lightning put before every name.
PREFIXES = ("module.", "_orig_mod.", "model.")
# Members of a zip that make it a program file, and the format.
MARKS = {"constants.pkl": TORCHSCRIPT, "archive_format": EXPORTED}
# Batch norms count what they saw; files from before PyTorch 0.4.1 have no such numbers, and nothing here uses them.
COUNTER = "num_batches_tracked"
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
            raise ExplorerError(f"{path} is a folder, not a checkpoint; {ALLOWED}.")
        if not file.is_file():
            raise ExplorerError(f"There is no file {path}; {ALLOWED}.")
        with file.open("rb") as stream:
            empty = not stream.read(1)
    except (OSError, ValueError) as error:
        raise ExplorerError(
            f"{path} cannot be read ({getattr(error, 'strerror', None) or error}); {ALLOWED}."
        ) from error
    if empty:
        raise ExplorerError(f"{path} is empty (0 bytes); {ALLOWED}.")
    return file


def read_state_dict(path: str) -> dict[str, Tensor]:
    """Return the state dict of a checkpoint: tensors by name, without wrappers and the prefixes of training programs.

    Nothing in the file is executed: safetensors holds numbers only, and anything else is read with ``weights_only``.

    Raises:
        ExplorerError: it is damaged, no checkpoint, or reading it would run code.
    """
    file = readable_file(path)
    content = _safetensors(file) if file.suffix == ".safetensors" else _pickled(file)
    state = {str(name): value for name, value in _unwrapped(content).items() if isinstance(value, Tensor)}
    if not state:
        raise ExplorerError(f"{path} holds no tensors by name; {ALLOWED}.")
    return _stripped(state)


def _safetensors(file: Path) -> Mapping[str, Any]:
    try:
        return load_file(file)
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise ExplorerError(
            f"{file} is no whole .safetensors file ({_first(error)}); copy it again, or {ALLOWED}."
        ) from error


def _pickled(file: Path) -> Any:
    _check_archive(file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what torch thinks of a refused file is no business of a person's
            return torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise ExplorerError(_would_run(file, str(error))) from error
    except MemoryError as error:
        raise ExplorerError(f"{file} asks for more memory than there is; {ALLOWED}.") from error
    except Exception as error:  # a damaged pickle may stop the reader anywhere; what is read is never run
        raise ExplorerError(
            f"{file} is damaged or no checkpoint ({_first(error)}); copy it again, or {ALLOWED}."
        ) from error


def _would_run(file: Path, message: str) -> str:
    """Return why a pickle was refused, with the name of the function that it would have called where torch names it."""
    named, step = re.search(r"GLOBAL ([\w.]+)", message), re.search(r"Unsupported operand (\d+)", message)
    if not named and not (step and chr(int(step[1])) in {each.code for each in pickletools.opcodes}):
        return f"{file} is damaged or no checkpoint; copy it again, or {ALLOWED}."
    what = f" ({named[1]})" if named else ""
    return f"{file} holds Python objects{what} that could run code when they are read, so it was not read; {ALLOWED}."


def _check_archive(file: Path) -> None:
    """Refuse a zip that torch.save did not write: programs, other archives, and those that unpack to something larger."""
    if not zipfile.is_zipfile(file):
        return
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise ExplorerError(f"{file} is a damaged zip; copy it again, or {ALLOWED}.") from error
    names = {entry.filename.rsplit("/", 1)[-1] for entry in entries}
    for name, kind in MARKS.items():
        if name in names:
            raise ExplorerError(
                f"{file} is a {PROGRAMS[kind]} program, which can run any code when it is loaded; {ALLOWED}. It is loaded only with --backbone {kind} --trust-code."
            )
    if "data.pkl" not in names:
        raise ExplorerError(f"{file} is a zip, but no checkpoint; {ALLOWED}.")
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
        raise ExplorerError(f"{file} is a compressed zip, which torch.save never writes; {ALLOWED}.")


def _unwrapped(content: Any) -> Mapping[Any, Any]:
    """Return the state dict itself, out of at most two wrappers."""
    for _ in range(2):
        wrapped = isinstance(content, Mapping)
        inner = [content[key] for key in WRAPPERS if wrapped and isinstance(content.get(key), Mapping)]
        content = inner[0] if inner else content
    return content if isinstance(content, Mapping) else {}


def _stripped(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the state without the prefixes that stand before every name, and with DenseNet's new names."""
    state.pop("n_averaged", None)  # what torch.optim.swa_utils counts beside the averaged network
    while common := [prefix for prefix in PREFIXES if all(name.startswith(prefix) for name in state) and state]:
        state = {name.removeprefix(common[0]): value for name, value in state.items()}
    return {current_name(name): value for name, value in state.items()}


def current_name(name: str) -> str:
    """Return a tensor's name as torchvision writes it now: ``norm1`` for DenseNet's older ``norm.1``."""
    return re.sub(r"(denselayer.*\.(?:norm|relu|conv))\.([12])\.", r"\1\2.", name)


def load_weights(network: nn.Module, state: Mapping[str, Tensor], path: str, name: str) -> None:
    """Load a state dict into ``network``, which has as many outputs.

    Raises:
        ExplorerError: tensors are missing, unexpected, of another shape or kind, or not finite.
    """
    wanted = network.state_dict()  # it also carries the versions of its layers, without which MNASNet loads nothing
    _check_names(wanted, state, path, name)
    for key in [key for key in wanted if key in state]:
        _check_tensor(key, wanted[key], state, path, name)
        wanted[key] = state[key].detach()
    network.load_state_dict(wanted)


def _check_names(wanted: Mapping[str, Tensor], state: Mapping[str, Tensor], path: str, name: str) -> None:
    missing = [key for key in wanted if key not in state and not key.endswith(COUNTER)]
    more = [key for key in state if key not in wanted]
    if not missing and not more:
        return
    parts = [f"lacks {_some(missing, len(wanted))}"] if missing else []
    parts += [f"has {_some(more, len(state))} that {name} does not have"] if more else []
    raise ExplorerError(f"{path} is no checkpoint of {name}: it {' and '.join(parts)}; {_advice(state, name)}.")


def _check_tensor(key: str, wanted: Tensor, state: Mapping[str, Tensor], path: str, name: str) -> None:
    given, refused = state[key], f"{path} does not fit {name}: {key}"
    if given.shape != wanted.shape:
        shapes = f"{tuple(given.shape)}, and {name} needs {tuple(wanted.shape)}"
        raise ExplorerError(f"{refused} is {shapes}; {_advice(state, name)}.")
    if given.layout != torch.strided or given.is_quantized or given.is_complex() or given.is_meta:
        raise ExplorerError(f"{refused} is not made of plain numbers; {ALLOWED}.")
    if bad := int((~torch.isfinite(given.float())).sum()):
        counted = f"{bad:,} of its {given.numel():,} numbers are NaN or infinite"
        raise ExplorerError(
            f"{path} is broken: {key} is not finite ({counted}); give a checkpoint from before the training failed."
        )


def _advice(state: Mapping[str, Tensor], name: str) -> str:
    """Return what to do instead: the network that the tensors fit, where there is one."""
    fits = matching_networks(state)
    if name in fits:
        return "give the --size it was trained at"
    return (
        f"it fits {' or '.join(fits)}, so give --backbone {fits[0]}"
        if fits
        else "give the --backbone it was trained with"
    )


def _some(names: list[str], of: int) -> str:
    shown = ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else "")
    return f"{len(names)} of {of} tensors ({shown})"


def _first(error: Exception) -> str:
    """Return the first line of a library's error, short enough for a sentence."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].rstrip(".")[:120]
