"""Pictures that are named as altered copies of others: turned, mirrored, in another format; of which a split made here may separate two."""

import os
import re
from collections.abc import Sequence

from explorer.datasets.file_tree import contains_any, printable

# What people and tools add to the name of a picture for a copy that they altered.
_WORDS = (
    "aug augmented augmentation flip flipped hflip vflip mirror mirrored rot rotate rotated rotation noise noisy blur blurred bright brightness "
    "dark crop cropped zoom shear"
)
ALTERED = re.compile(rf"([\s_\-.]+({'|'.join(_WORDS.split())}|\d+deg)[\s_\-.]*\d*)+$", re.IGNORECASE)
# Roboflow's name of a version of a picture: its own name, its ending, and a code.
VERSION = re.compile(r"_(jpe?g|png|webp|bmp|tiff?)\.rf\.[0-9a-z]+$", re.IGNORECASE)
# What telephones call the edited copy of IMG_0001.
EDITED = re.compile(r"IMG_E(\d+)$")
# One of these is in any such name; a hundred thousand names are searched for them as a whole.
MARKS = (*_WORDS.split(), "deg", ".rf.", "img_e")
# Share of pictures with a namesake of another ending above which those are the same pictures in two formats.
TWICE = 0.9


def name_copies(files: Sequence[str]) -> list[str]:
    """Return a sentence where files are named as altered copies of others in the same folder; nothing where none is."""
    if not contains_any(files, MARKS) and len({os.path.splitext(file)[0] for file in files}) == len(files):
        return []
    groups: dict[str, list[str]] = {}
    for file in files:
        groups.setdefault(_original(os.path.splitext(file)[0]), []).append(file)
    several = [found for found in groups.values() if len(found) > 1]
    copies = [found for found in several if _are_altered(found)]
    formats = [found for found in several if len({os.path.splitext(file)[0] for file in found}) == 1]
    if sum(map(len, formats)) > TWICE * len(files):
        copies += formats
    if not copies:
        return []
    one, other = map(printable, copies[0][:2])
    return [
        f"{sum(map(len, copies)):,} pictures are named as altered copies of each other, such as {one} and {other}; the split that is made here may put "
        "one on each side, so that accuracy looks better than it is: take the copies out, or give a split."
    ]


def _original(stem: str) -> str:
    folder, _, name = stem.rpartition("/")
    bare = EDITED.sub(r"IMG_\1", VERSION.sub("", name))
    return f"{folder}/{ALTERED.sub('', bare) or name}"


def _are_altered(files: Sequence[str]) -> bool:
    """Return whether some files are a picture and altered copies of it; without the picture itself they share a name with a number in it."""
    stems = [os.path.splitext(file)[0].rpartition("/")[2] for file in files]
    first = _original(stems[0]).rpartition("/")[2]
    altered = sum(stem != first for stem in stems)
    return altered > 0 and (altered < len(stems) or any(map(str.isdecimal, first)))
