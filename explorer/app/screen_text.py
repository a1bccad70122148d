"""Sentences and numbers as they stand on the screen."""

import re

from explorer.core.phrases import (
    HARMFUL,
    HELPFUL,
    article,
    became,
    change,
    counted,
    first_scan,
    fixed,
    gain,
    moved,
    number,
    penalty,
    percent,
    points,
    probability,
    signed,
    spaced,
)

__all__ = [
    "HARMFUL",
    "HELPFUL",
    "article",
    "became",
    "change",
    "counted",
    "first_scan",
    "fixed",
    "gain",
    "moved",
    "number",
    "penalty",
    "percent",
    "points",
    "probability",
    "short",
    "signed",
    "spaced",
    "verbatim",
]

# What Markdown, or Streamlit's additions to it (:red[…], $…$), would take for more than a letter inside a line.
MARKDOWN = re.compile(r"[\\`*_\[\]<>$~&|@]|:(?=[a-z/])|(?<=www)\.", re.IGNORECASE)
DIGEST = re.compile(r"\b([0-9a-f]{8})[0-9a-f]{56}\b")


def verbatim(text: str) -> str:
    """Escape a text of a person, a file or an address, so that Streamlit shows it letter by letter, in one line.

    A sentence that repeats an address must not load a picture from elsewhere because the address says ``![](…)``.
    """
    return MARKDOWN.sub(r"\\\g<0>", " ".join(short(text).split()))


def short(text: str) -> str:
    """Return a text in which each SHA-256, as uploads are called by it, is cut to its first eight digits."""
    return DIGEST.sub(r"\1…", text)
