"""Uploaded files, stored once by their content under names that are made here.

The name that a browser gives is shown, and read for its ending. What can be printed of it is noted in a file beside the upload,
so that data and runs are called after it; no letter of it stands in a path.
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
from explorer.datasets.choices import parted
from explorer.datasets.readers.label_list import LISTS

# A browser's file lies in the server's memory until it is stored: 500 MB are 5,000 photographs of 100 kB, and leave room
# for three such visitors in the 2.5 GB that a server may take. Larger data come by their path. ``server.maxUploadSize``.
MOST_MEGABYTES = 500
# Files of many pictures that need no unpacking.
CONTAINERS = (".parquet", ".npz", ".mat")
# Lists, and exports of labelling tools: their pictures lie elsewhere on this computer.
POINTING = (*LISTS, ".json", ".xml")
CHECKPOINTS = (".pth", ".pt", ".pth.tar", ".ckpt", ".bin", ".safetensors", ".onnx")
# The file that says where a list's images are.
ROOT = "root.json"
# The file that says what an upload was called in the browser, and how many letters of that are kept.
GIVEN, LONGEST = "name.json", 60
# An upload's folder is called by the digest of its content, for a list with the start of that of its pictures' folder.
CONTENT, STORED = re.compile(r"[0-9a-f]{64}(?:[0-9a-f]{8})?"), "upload-"


# What can be sent, in words.
KINDS = "a ZIP or tar of class folders, a Parquet table or arrays of pictures, a list, or an export of a labelling tool"


def folder() -> Path:
    """Return the folder of all uploads, one folder for each content."""
    return home.data() / "uploads"


def store_data(stream: IO[bytes], name: str, root: str = "") -> Path:
    """Store an archive, a container, a list or an export and return its path.

    Args:
        stream: its content, read once, a block at a time.
        name: its name in the browser.
        root: for a list or an export, the folder on this computer that its paths are relative to.

    Raises:
        ExplorerError: its ending is unknown, it is empty or too large, or ``root`` is missing; then nothing is stored.
    """
    ending = _ending(name, (*ARCHIVES, *CONTAINERS, *POINTING), KINDS)
    if ending not in POINTING:
        return _store(stream, ending, name)
    pictures = _root(root)
    path = _store(stream, ending, name, digest(os.fsencode(pictures))[:8])
    write_manifest(path.parent / ROOT, {"root": str(pictures)})
    return path


def store_checkpoint(stream: IO[bytes], name: str) -> Path:
    """Store a checkpoint and return its path.

    Raises:
        ExplorerError: its ending is unknown, it is empty or too large; then nothing is stored.
    """
    return _store(stream, _ending(name, CHECKPOINTS, "a state dict or an ONNX file"), name)


def given_name(path: Path) -> str:
    """Return what an upload was called in the browser that sent it last, such as ``pets.zip``; empty for any other file."""
    try:
        return str(read_manifest(path.parent / GIVEN)["name"]) if _uploaded(path) else ""
    except (DamagedError, KeyError):
        return ""  # sent before names were noted


def title_of(path: Path) -> str:
    """Return what data in a file are called on the screen: the file's name, or an upload's, without its ending."""
    return (given_name(path) or path.name).partition(".")[0]


def public_name(name: str) -> str:
    """Return how a file that is sent to somebody names data or weights: an upload without the folder in which it lies here."""
    file, choices = parted(name)
    path = Path(file)
    return f"{given_name(path) or path.name}{choices.written}" if name and _uploaded(path) else name


def root_of(path: Path) -> Path:
    """Return the folder that a list's paths are relative to: its own, or for an uploaded list the one given with it."""
    try:
        return Path(str(read_manifest(path.parent / ROOT)["root"])) if _uploaded(path) else path.parent
    except (DamagedError, KeyError):
        return path.parent


def stored_files() -> list[Path]:
    """Return the paths of all uploads; the time of a file's folder is that of its last upload."""
    return [path for path in sorted(Path(os.path.realpath(folder())).glob(f"*/{STORED}*")) if _uploaded(path)]


def remove_upload(name: str) -> None:
    """Remove an upload; a path that is none is left alone, and so is what was unpacked of it, which another run may use."""
    path = Path(os.path.realpath(name))
    if _uploaded(path):
        shutil.rmtree(path.parent, ignore_errors=True)


def _uploaded(path: Path) -> bool:
    """Return whether a path, dots and links resolved, is one that :func:`_placed` made."""
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
        problem = f"{given.strip()!r} is none" if given.strip() else "none was given"
        raise ExplorerError(
            f"A list needs the folder of its pictures on the computer where this program runs, and {problem}; give its whole path."
        )
    return Path(os.path.realpath(place))


def _store(stream: IO[bytes], ending: str, name: str, more: str = "") -> Path:
    """Write a stream below the digest of its content, with its name; the same content again is not kept twice."""
    with readable_errors(folder()):
        folder().mkdir(parents=True, exist_ok=True)
        with unfinished(folder() / "upload") as temporary:
            with temporary.open("wb") as target:
                content = _copied(stream, target)
            path = _placed(temporary, content + more, ending)
    write_manifest(path.parent / GIVEN, {"name": _printable(name, ending)})
    return path


def _printable(name: str, ending: str) -> str:
    """Return what can be printed of a file's name, with its ending; ``upload`` where that is nothing."""
    stem = os.path.basename(name.replace("\\", "/"))[: -len(ending)]
    letters = "".join(letter for letter in stem if letter.isprintable()).strip(" .")[:LONGEST]
    return f"{letters or 'upload'}{ending}"


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
