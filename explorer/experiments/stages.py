"""Stages of an experiment, written to its folder so that an interrupted measurement goes on where it was; and its pictures."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from explorer.core.cached_result import cached_array, cached_dict
from explorer.core.files import writing

# Pictures on a page are shown at most this large.
LONGEST = 256


def array_stage(path: Path, compute: Callable[[], np.ndarray]) -> np.ndarray:
    """Return the array that an earlier attempt left at ``path``, else compute it and keep it."""
    return cached_array(path).get_or_compute(compute)


def json_stage(path: Path, compute: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return the JSON object that an earlier attempt left at ``path``, else compute it and keep it."""
    return replace(cached_dict(path), exclusive=False).get_or_compute(compute)


def save_picture(
    folder: Path, name: str, picture: Image.Image, caption: str, alt: str, group: str = ""
) -> dict[str, str]:
    """Write a picture as ``name.png`` beside the result and return what the page reads of it."""
    small = picture.copy()
    small.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    with writing(folder / f"{name}.png") as temporary:
        small.save(temporary, "PNG")
    return {"file": f"{name}.png", "caption": caption, "alt": alt, "group": group}
