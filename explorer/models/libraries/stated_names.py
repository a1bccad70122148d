"""The architecture that a file of weights states itself, read from its list of words; nothing in it is run or made."""

import pickletools
import zipfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from explorer.datasets.archives.members import BROKEN
from explorer.models.libraries.timm_names import PREFIX, architecture_of, architectures

# The key under which training programs keep the network's name, and what timm's writes beside it.
KEY, TIMM_KEYS = "arch", {"args", "version"}
# Lists of words are short; a longer one is left alone.
MOST_BYTES, MOST_WORDS, LONGEST = 64 * 2**20, 200_000, 100


def stated_network(path: str, torchvision: tuple[str, ...]) -> str:
    """Return the name of the network that a file of ``torch.save`` states; empty where it states none that is known.

    Args:
        path: of the file.
        torchvision: names of torchvision's networks, which timm has too in part.
    """
    try:
        status = Path(path).stat()
    except (OSError, ValueError):
        return ""
    words = _words(path, status.st_size, status.st_mtime_ns)
    name = words.get(KEY, "")
    if name in torchvision and not words.keys() >= TIMM_KEYS:
        return name
    return PREFIX + name if name and architecture_of(name) in architectures() else ""


@lru_cache(maxsize=16)
def _words(path: str, size: int, changed: int) -> dict[str, str]:
    """Return the words among a pickle's that stand directly before other ones, each with the other: keys with their values."""
    try:
        with zipfile.ZipFile(path) as archive:
            inner = next((each for each in archive.infolist() if each.filename.endswith("/data.pkl")), None)
            if inner is None or inner.file_size > MOST_BYTES or inner.compress_type != zipfile.ZIP_STORED:
                return {}
            content = archive.read(inner)
    except (*BROKEN, OSError, KeyError):
        return {}
    found: dict[str, str] = {}
    before = ""
    for word in _strings(content):
        if before in (KEY, *TIMM_KEYS):
            found.setdefault(before, word)
        before = word
    return found


def _strings(content: bytes) -> Iterator[str]:
    """Yield a pickle's short strings, and an empty one for each other value between them."""
    try:
        for place, (operation, argument, _) in enumerate(pickletools.genops(content)):
            if place > MOST_WORDS:
                return
            if isinstance(argument, str) and "UNICODE" in operation.name:
                yield argument[:LONGEST]
            elif "PUT" not in operation.name and operation.name != "MEMOIZE":
                yield ""
    except Exception:  # damage; what reads the file says so
        return
