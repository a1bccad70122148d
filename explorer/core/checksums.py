"""SHA-256 checksums of files: as a trailer behind the content, inside a JSON manifest, or listed in another manifest."""

import hashlib
import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from explorer.core.errors import DamagedError
from explorer.core.files import save_bytes, writing

# Length in bytes of the checksum behind a file's content.
SEAL = hashlib.sha256().digest_size
# Bytes that are read at once where a file is too large to be held.
PIECE = 2**20


def digest(content: bytes) -> str:
    """Return the SHA-256 of ``content`` in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file's content in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def canonical(value: Any) -> bytes:
    """Return ``value`` as JSON in a canonical form: equal values give equal bytes. Digests of recipes depend on it."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def seal(path: Path, content: bytes) -> None:
    """Write ``content`` with its checksum behind it, for :func:`unsealed`."""
    save_bytes(path, content + hashlib.sha256(content).digest())


def unsealed(path: Path) -> bytes | None:
    """Return the content that :func:`seal` wrote; None where the file is missing, cut short or changed."""
    try:
        whole = path.read_bytes()
    except OSError:
        return None
    content, checksum = whole[:-SEAL], whole[-SEAL:]
    return content if hashlib.sha256(content).digest() == checksum else None


def seal_array(path: Path, array: np.ndarray, belongs: str = "") -> None:
    """Write ``array`` as ``.npy`` with its checksum behind it; what it ``belongs`` to is hashed with it."""
    hashed = hashlib.sha256(belongs.encode())
    with writing(path, array.nbytes) as temporary, temporary.open("wb") as stream:

        def write(piece: bytes) -> None:
            hashed.update(piece)
            stream.write(piece)

        # by pieces: a large array is not copied to be hashed
        np.save(SimpleNamespace(write=write), array)
        stream.write(hashed.digest())


def sealed(path: Path, belongs: str) -> bool:
    """Return whether a file is whole, and of what it ``belongs`` to, as :func:`seal_array` wrote it; it is read once, not kept."""
    hashed = hashlib.sha256(belongs.encode())
    try:
        with path.open("rb") as stream:
            left = max(0, path.stat().st_size - SEAL)
            while left and (piece := stream.read(min(left, PIECE))):
                hashed.update(piece)
                left -= len(piece)
            return stream.read() == hashed.digest()
    except OSError:
        return False


def unsealed_array(path: Path) -> np.ndarray | None:
    """Return the array that :func:`seal_array` wrote; None where the file is missing, cut short or changed."""
    content = unsealed(path)
    return None if content is None else np.load(io.BytesIO(content), allow_pickle=False)


def check_file(path: Path, checksum: str) -> None:
    """Compare a file with the SHA-256 that a manifest lists for it.

    Raises:
        DamagedError: the file is missing, cut short or changed.
    """
    if not path.is_file() or file_digest(path) != checksum:
        raise DamagedError(f"{path} is missing or damaged (its checksum differs from the one that was written).")


def load_array(path: Path, checksum: str) -> np.ndarray:
    """Return an ``.npy`` file as a memory map, after comparing its SHA-256 with ``checksum``.

    Raises:
        DamagedError: the file is missing, cut short or changed.
    """
    check_file(path, checksum)
    return np.load(path, mmap_mode="r", allow_pickle=False)


def write_manifest(path: Path, content: dict[str, Any]) -> None:
    """Write ``content`` as JSON with a ``checksum`` of the rest, so that a changed manifest is noticed."""
    sealed = content | {"checksum": digest(canonical(content))}
    save_bytes(path, json.dumps(sealed, indent=1, ensure_ascii=False).encode())


def read_manifest(path: Path) -> dict[str, Any]:
    """Return the content that :func:`write_manifest` wrote.

    Raises:
        DamagedError: the file is missing, no JSON, or changed.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        checksum = content.pop("checksum")
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise DamagedError(f"{path} is missing or damaged.") from error
    if checksum != digest(canonical(content)):
        raise DamagedError(f"{path} was changed after it was written (its checksum differs).")
    return content
