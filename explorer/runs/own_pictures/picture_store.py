"""External images that people saved: one folder for each owner, files named by the hash of their content."""

import os
import re
import shutil
from contextlib import suppress
from pathlib import Path

from explorer.core import home
from explorer.core.checksums import digest, read_manifest, seal, unsealed, write_manifest
from explorer.core.errors import DamagedError, ExplorerError
from explorer.core.files import lock, readable_errors, writing_folder
from explorer.runs.edits import edit_scope

# As many as a page shows at once; of the largest that is looked at they take 1.2 GB.
MOST = 24
# So much of a content's digest names a picture in an address.
LETTERS = 16
NAME = re.compile(rf"[0-9a-f]{{{LETTERS}}}")
EVERYBODY = "everybody"
# Without an ending: whoever opens a folder of pictures as data does not find it there.
CONTENT, SHOWN = "content", "shown.json"
# Ends the name of what is being removed; what a killed process left of it is swept with all that is unfinished.
GONE = "removed0"


def folder() -> Path:
    """Return the folder of the current owner's images."""
    return home.data() / "pictures" / (edit_scope.owner() or EVERYBODY)


def owners() -> list[str]:
    """Return who has kept pictures: 16 hexadecimal digits each, an empty text for everybody."""
    known = (folder().parent / place for place in os.listdir(folder().parent)) if folder().parent.is_dir() else ()
    names = sorted(place.name for place in known if place.is_dir())
    return [
        "" if name == EVERYBODY else name for name in names if name == EVERYBODY or edit_scope.OWNER.fullmatch(name)
    ]


def details(name: str) -> tuple[int, float]:
    """Return the bytes of a picture of the current owner, and when it was kept, seconds since 1970."""
    place = folder() / name
    return (place / CONTENT).stat().st_size, place.stat().st_mtime


def name_of(content: bytes) -> str:
    """Return the name of a saved image with this content, 16 hexadecimal digits."""
    return digest(content)[:LETTERS]


def save(content: bytes, thumbnail: str) -> str:
    """Save an image until its owner removes it, and return its name.

    Args:
        content: bytes of an image file that could be decoded.
        thumbnail: of it, as a data address.

    Raises:
        ExplorerError: so many are kept already, or the disk is full; nothing is left.
    """
    # with SciPy, which a list of what is kept does not need
    from explorer.runs.own_pictures.external_image import check_bytes

    check_bytes(content)
    name = name_of(content)
    with lock(folder()):
        if name in saved_thumbnails() and unsealed(folder() / name / CONTENT) == content:
            return name
        if name not in saved_thumbnails() and len(saved_thumbnails()) >= MOST:
            message = f"{MOST} pictures are kept already, and no more fit on the page"
            raise ExplorerError(f"{message}; open one of those below and remove it, then drop this picture again.")
        with writing_folder(folder() / name, len(content)) as place:
            seal(place / CONTENT, content)
            write_manifest(place / SHOWN, {"thumbnail": thumbnail})
    return name


def saved_thumbnails() -> dict[str, str]:
    """Return the thumbnails of the current owner's images by name, the latest first."""
    saved = []
    for place in folder().glob("*"):
        if NAME.fullmatch(place.name):
            with suppress(DamagedError, OSError):  # somebody may remove it at this moment
                saved.append((-place.stat().st_mtime_ns, place.name, str(read_manifest(place / SHOWN)["thumbnail"])))
    return {name: thumbnail for _, name, thumbnail in sorted(saved)}


def load(name: str) -> bytes:
    """Return the bytes of a saved image.

    Raises:
        ExplorerError: the current owner has no image of this name, or its file is damaged.
    """
    if name not in saved_thumbnails():
        raise ExplorerError("The picture of this address is not kept in this browser, or no more; drop its file here.")
    content = unsealed(folder() / name / CONTENT)
    if content is None:
        raise DamagedError(f"The kept picture {name} is damaged and not shown; drop its file again, and keep it again.")
    return content


def remove(name: str) -> None:
    """Remove a kept picture, whole or not at all for whoever looks; one that is gone already is no mistake.

    Raises:
        ExplorerError: its folder may not be written.
    """
    if not NAME.fullmatch(name):
        return
    with lock(folder()), readable_errors(folder()):
        if (folder() / name).is_dir():
            gone = folder() / f".{name}.{GONE}"
            shutil.rmtree(gone, ignore_errors=True)
            os.replace(folder() / name, gone)
            shutil.rmtree(gone)
