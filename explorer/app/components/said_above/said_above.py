"""A sentence above galleries whose last part takes longer than they do: it stands there at once, and is filled in place."""

from typing import Literal, TypedDict


class SaidBlock(TypedDict):
    """A sentence in its place; ``of`` names what it tells of, so that the rest finds it."""

    kind: Literal["said"]
    of: str
    text: str


class RestBlock(TypedDict):
    """The whole of a sentence that stands further up, once it is known; nothing is drawn in the place of this block."""

    kind: Literal["rest"]
    of: str
    text: str


def said(of: str, text: str) -> SaidBlock:
    """Return a sentence which :func:`rest` may complete."""
    return {"kind": "said", "of": of, "text": text}


def rest(of: str, text: str) -> RestBlock:
    """Return the completed sentence, to be drawn later than ``said`` of the same name."""
    return {"kind": "rest", "of": of, "text": text}
