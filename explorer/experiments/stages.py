"""What an interrupted experiment finished, kept in its folder and read the next time; and its pictures."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from explorer.core.checksums import read_manifest, seal_array, unsealed_array, write_manifest
from explorer.core.errors import DamagedError
from explorer.core.files import writing

# Pictures on a page are shown at most this large.
LONGEST = 256


def array_stage(path: Path, compute: Callable[[], np.ndarray]) -> np.ndarray:
    """Return the array that an earlier attempt left at ``path``, else compute it and keep it."""
    kept = unsealed_array(path)
    if kept is None:
        kept = compute()
        seal_array(path, kept)
    return kept


def json_stage(path: Path, compute: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return the JSON object that an earlier attempt left at ``path``, else compute it and keep it."""
    try:
        return read_manifest(path)
    except DamagedError:
        write_manifest(path, compute())
    return read_manifest(path)


def save_picture(
    folder: Path, name: str, picture: Image.Image, caption: str, alt: str, group: str = ""
) -> dict[str, str]:
    """Write a picture as ``name.png`` beside the result and return what the page reads of it."""
    small = picture.copy()
    small.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    with writing(folder / f"{name}.png") as temporary:
        small.save(temporary, "PNG")
    return {"file": f"{name}.png", "caption": caption, "alt": alt, "group": group}
