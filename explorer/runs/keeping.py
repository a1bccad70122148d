"""Pictures of their own that people asked to keep: each owner's in a folder of their own, called by their content."""

import re
import shutil
from pathlib import Path

from explorer import home
from explorer.errors import DamagedError, ExplorerError, unknown
from explorer.files import digest, read_manifest, seal, unsealed, write_manifest, writing_folder
from explorer.runs import owners
from explorer.runs.visitor import check_bytes

# As many as a page shows at once; of the largest that is looked at they take 1.2 GB.
MOST = 24
# So much of a content's digest names a picture in an address.
LETTERS = 16
NAME = re.compile(rf"[0-9a-f]{{{LETTERS}}}")
EVERYBODY = "everybody"
CONTENT, SHOWN = "content", "shown.json"


def folder() -> Path:
    """Return the folder of the pictures of who is meant now."""
    return home.data() / "pictures" / (owners.owner() or EVERYBODY)


def name_of(content: bytes) -> str:
    """Return what a kept picture of this content is called."""
    return digest(content)[:LETTERS]


def keep(content: bytes, thumbnail: str) -> str:
    """Keep a picture until somebody removes it, and return its name.

    Args:
        content: bytes of a file that was looked at.
        thumbnail: of it, as a data address.

    Raises:
        ExplorerError: so many are kept already, or the disk is full; nothing is left.
    """
    check_bytes(content)
    name = name_of(content)
    if name not in kept() and len(kept()) >= MOST:
        raise ExplorerError(
            f"{MOST} pictures are kept already, and no more fit on the page; remove one, then keep this."
        )
    with writing_folder(folder() / name, len(content)) as place:
        seal(place / CONTENT, content)
        write_manifest(place / SHOWN, {"thumbnail": thumbnail})
    return name


def kept() -> dict[str, str]:
    """Return the names of all kept pictures of who is meant now, the latest first, with their thumbnails."""
    found = {}
    for place in sorted(_places(), key=lambda path: (-path.stat().st_mtime_ns, path.name)):
        try:
            found[place.name] = str(read_manifest(place / SHOWN)["thumbnail"])
        except DamagedError:
            continue
    return found


def _places() -> list[Path]:
    return [path for path in folder().glob("*") if NAME.fullmatch(path.name) and path.is_dir()]


def content_of(name: str) -> bytes:
    """Return the bytes of a kept picture.

    Raises:
        ExplorerError: who is meant now keeps none of this name, or its file is not what was written.
    """
    if name not in kept():
        raise unknown("picture", name[:40], list(kept()))
    content = unsealed(folder() / name / CONTENT)
    if content is None:
        raise DamagedError(f"The kept picture {name} is damaged and not shown; drop its file again, and keep it again.")
    return content


def remove(name: str) -> None:
    """Remove a kept picture; one that is gone already is no mistake."""
    if NAME.fullmatch(name):
        shutil.rmtree(folder() / name, ignore_errors=True)
