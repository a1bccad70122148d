"""Class names that say when, where or of whom a picture is, not what it shows: dates, cameras' folders, patients, sizes."""

import re
from collections.abc import Callable, Sequence

from explorer.datasets.doubts.folder_names import words_of

DATE = re.compile(
    r"(19|20)\d\d([-_.]?(0?[1-9]|1[0-2])([-_.]?\d{1,2})?)?([ _T-].*)?$|\d{1,2}[-_.]\d{1,2}[-_.](19|20)\d\d$"
)
# What cameras call their folders, by their standard (DCF): three digits and five letters.
CAMERA = re.compile(r"\d{3}[A-Z0-9_]{5}$")
SIZE = re.compile(r"\d+ ?[xX×] ?\d*( ?px)?$|\d+ ?px$")
BAND = re.compile(r"(b(\d\d|8a)|band[_\- ]?\d{1,2}a?)$", re.IGNORECASE)
# What tools call things whose names do not matter: UUIDs, and long numbers in sixteens.
IDENTITY = re.compile(
    r"(?=.*\d)[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$|(?=.*\d)(?=.*[a-f])[0-9a-f]{16,}$", re.IGNORECASE
)
COPIES = re.compile(
    r"(original|augmented|augmentation|raw|processed|preprocessed|cropped|resized|enhanced|normalized)s?([_ -](images|data))?$",
    re.IGNORECASE,
)
ALBUMS = frozenset(
    (
        "camera roll",
        "whatsapp images",
        "screenshots",
        "saved pictures",
        "instagram",
        "favorites",
        "recents",
        "dcim",
        "camera",
        "selfies",
    )
)
# Words before a number that say of whom or whence pictures are. Subjects and persons may be the classes of a network for faces.
_WHENCE = "patient case session visit study scan slide series sequence video clip frames scene site camera cam day week batch part folder fold run chapter volume page episode roll"
WHENCE = re.compile(rf"({'|'.join(_WHENCE.split())})[\s_\-]*\d+$", re.IGNORECASE)


def _all(pattern: re.Pattern[str]) -> Callable[[Sequence[str]], bool]:
    return lambda names: len(names) > 1 and all(map(pattern.match, names))


KINDS: tuple[tuple[Callable[[Sequence[str]], bool], str], ...] = (
    (_all(DATE), "dates or years"),
    (_all(CAMERA), "the folders of a camera"),
    (_all(SIZE), "sizes or magnifications"),
    (_all(IDENTITY), "the numbers of a program"),
    (_all(COPIES), "copies of the same pictures"),
    (_all(BAND), "the bands of a satellite"),
    (_all(WHENCE), "whom or whence the pictures are of"),
    (
        lambda names: sum(" ".join(words_of(name)) in ALBUMS or name.casefold() in ALBUMS for name in names) > 1,
        "the albums of a telephone",
    ),
)


def kind_doubts(names: Sequence[str]) -> list[str]:
    """Return a sentence where all classes are named like something else than what pictures show; nothing where they are not."""
    found = next((words for known, words in KINDS if known(names)), "")
    if not found:
        return []
    shown = ", ".join(map(repr, names[:3]))
    return [
        f"The classes ({shown}{', …' if len(names) > 3 else ''}) are named like {found}, not like what the pictures show; give a list of paths and labels if they are no classes."
    ]
