"""Sentences and numbers as they stand on the screen."""

import re

from explorer.core.phrases import (
    HARMFUL,
    HELPFUL,
    SCANNED,
    article,
    change,
    counted,
    fixed,
    moved,
    number,
    penalty,
    percent,
    points,
    probability,
    signed,
)

__all__ = [
    "HARMFUL",
    "HELPFUL",
    "SCANNED",
    "article",
    "change",
    "counted",
    "fixed",
    "moved",
    "number",
    "penalty",
    "percent",
    "points",
    "probability",
    "signed",
    "verbatim",
]

# What Markdown, or Streamlit's additions to it (:red[…], $…$), would take for more than a letter inside a line.
MARKDOWN = re.compile(r"[\\`*_\[\]<>$~&|@]|:(?=[a-z/])|(?<=www)\.", re.IGNORECASE)


def verbatim(text: str) -> str:
    """Escape a text of a person, a file or an address, so that Streamlit shows it letter by letter, in one line.

    A sentence that repeats an address must not load a picture from elsewhere because the address says ``![](…)``.
    """
    return MARKDOWN.sub(r"\\\g<0>", " ".join(text.split()))
