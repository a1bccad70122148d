"""Files that a browser sends: stored once by their content, under names that are made here.

What a browser calls a file is shown to a person and read for its ending; no letter of it reaches the disk.
"""

import hashlib
import os
import re
import shutil
from pathlib import Path
from typing import IO

from explorer.core import home
from explorer.core.checksums import digest, read_manifest, write_manifest
from explorer.core.errors import DamagedError, ExplorerError
from explorer.core.files import lock, readable_errors, unfinished
from explorer.datasets.archives.archive import ARCHIVES
from explorer.datasets.archives.extraction import BLOCK, check_room
from explorer.datasets.readers.label_list import LISTS

# A browser's file lies in the server's memory until it is stored: 500 MB are 5,000 photographs of 100 kB, and leave room
# for three such visitors in the 2.5 GB that a server may take. Larger data come by their path. ``server.maxUploadSize``.
MOST_MEGABYTES = 500
CHECKPOINTS = (".pth", ".pt", ".safetensors")
# Where a list says that its pictures are.
ROOT = "root.json"
# An upload's folder is called by the digest of its content, for a list with the start of that of its pictures' folder.
CONTENT, STORED = re.compile(r"[0-9a-f]{64}(?:[0-9a-f]{8})?"), "upload-"


def folder() -> Path:
    """Return the folder of all uploads, one folder a content."""
    return home.data() / "uploads"


def store_data(stream: IO[bytes], name: str, root: str = "") -> Path:
    """Return where an archive or a list is stored from now on.

    Args:
        stream: its content, read once, a block at a time.
        name: what the browser calls it.
        root: for a list, the folder on this computer below which its paths lie.

    Raises:
        ExplorerError: it is of no kind that is read, empty or too large, or its folder is missing; nothing is left.
    """
    ending = _ending(name, (*ARCHIVES, *LISTS), "a ZIP or tar of class folders, or a CSV or JSON Lines list")
    if ending not in LISTS:
        return _store(stream, ending)
    pictures = _root(root)
    path = _store(stream, ending, digest(os.fsencode(pictures))[:8])
    write_manifest(path.parent / ROOT, {"root": str(pictures)})
    return path


def store_checkpoint(stream: IO[bytes], name: str) -> Path:
    """Return where a file of weights is stored from now on.

    Raises:
        ExplorerError: it is of no kind that is read, empty or too large; nothing is left.
    """
    return _store(stream, _ending(name, CHECKPOINTS, "a state dict"))


def root_of(path: Path) -> Path:
    """Return the folder below which a list's paths lie: its own, but for a list that came from a browser."""
    try:
        return Path(str(read_manifest(path.parent / ROOT)["root"])) if _uploaded(path) else path.parent
    except (DamagedError, KeyError):
        return path.parent


def stored_files() -> list[Path]:
    """Return the files of all uploads; the folder of one was changed when its content was sent last."""
    return [path for path in sorted(Path(os.path.realpath(folder())).glob(f"*/{STORED}*")) if _uploaded(path)]


def remove_upload(name: str) -> None:
    """Remove an upload that was refused; anything else stays, what was unpacked of it too: it may be another run's."""
    path = Path(os.path.realpath(name))
    if _uploaded(path):
        shutil.rmtree(path.parent, ignore_errors=True)


def _uploaded(path: Path) -> bool:
    """Return whether a path is one that :func:`_placed` made, wherever its dots and links lead."""
    real = Path(os.path.realpath(path))
    ours = CONTENT.fullmatch(real.parent.name) and real.name.startswith(STORED)
    return bool(ours) and real.parent.parent == Path(os.path.realpath(folder()))


def _ending(name: str, allowed: tuple[str, ...], kinds: str) -> str:
    found = [ending for ending in allowed if name.lower().endswith(ending)]
    if not found:
        shown = os.path.basename(name.replace("\\", "/"))[-60:]
        raise ExplorerError(f"{shown!r} is not read; give {kinds}, whose name ends in {', '.join(allowed)}.")
    return max(found, key=len)


def _root(given: str) -> Path:
    place = os.path.expanduser(given.strip())
    if not os.path.isabs(place) or not os.path.isdir(place):
        said = f"{given.strip()!r} is none" if given.strip() else "none was given"
        raise ExplorerError(
            f"A list needs the folder of its pictures on the computer where this program runs, and {said}; give its whole path."
        )
    return Path(os.path.realpath(place))


def _store(stream: IO[bytes], ending: str, more: str = "") -> Path:
    """Write a stream below the digest of its content; the same content again is not kept twice."""
    with readable_errors(folder()):
        folder().mkdir(parents=True, exist_ok=True)
        with unfinished(folder() / "upload") as temporary:
            with temporary.open("wb") as target:
                content = _copied(stream, target)
            return _placed(temporary, content + more, ending)


def _copied(stream: IO[bytes], target: IO[bytes]) -> str:
    """Write a stream and return the SHA-256 of its content."""
    seen, size = hashlib.sha256(), 0
    while block := stream.read(BLOCK):
        size += len(block)
        if size > MOST_MEGABYTES * 2**20:
            raise ExplorerError(
                f"The file has more than {MOST_MEGABYTES} MB; put it on the computer where this program runs and give its path."
            )
        check_room(folder(), len(block))
        seen.update(block)
        target.write(block)
    if not size:
        raise ExplorerError("The file is empty (0 bytes); send it again.")
    return seen.hexdigest()


def _placed(temporary: Path, content: str, ending: str) -> Path:
    path = folder() / content / f"{STORED}{content[-8:]}{ending}"
    with lock(folder()):
        path.parent.mkdir(exist_ok=True)
        if not path.is_file() or path.stat().st_size != temporary.stat().st_size:
            os.replace(temporary, path)
        os.utime(path.parent)
    return path
