"""Sentences that were written for a terminal, as this page says them: fields stand for options, and numbers keep their units."""

import re

# Options of the command line, and the fields of this page that mean the same.
FIELDS = {
    "preparation": "As in",
    "resize": "Resizing",
    "crop": "Part that is kept",
    "interpolation": "Interpolation",
    "orientation": "Orientation",
    "background": "Transparent parts",
    "range": "More than 8 bits",
    "white": "White is",
    "colours": "Colours",
    "size": "Picture size in px",
    "mean": "Mean of the colours",
    "std": "Deviation of the colours",
    "classes": "Classes of its outputs",
    "weights-set": "Set of weights",
    "layer": "Layer",
}
OPTION = re.compile(rf"--({'|'.join(FIELDS)})\b")
CHOICE = re.compile(r"--read (?=\w+=)")
UNIT = re.compile(r"(?<=\d) (?=(?:s|min|h|px|kB|MB|GB)\b)")
NO_BREAK = "\N{NO-BREAK SPACE}"


def on_page(sentence: str) -> str:
    """Return a sentence with the names of fields in place of options, and no line's end between a number and its unit."""
    named = OPTION.sub(lambda found: f"“{FIELDS[found[1]]}”", CHOICE.sub("", sentence))
    return UNIT.sub(NO_BREAK, named)
