"""Links and commands to be copied whole, and the QR code of a link."""

from typing import Literal, TypedDict

import segno

from explorer.app.components.blocks.blocks import Block
from explorer.app.pages.learn.room.reach import Reach


class ShareBlock(TypedDict):
    """A link or a command to be copied whole; ``copied`` says which."""

    kind: Literal["share"]
    label: str
    href: str
    note: str
    copied: Literal["link", "command"]


def share_block(label: str, href: str, note: str) -> ShareBlock:
    """Return the block of a link with a button that copies it."""
    return {"kind": "share", "label": label, "href": href, "note": note, "copied": "link"}


def how_to(reach: Reach) -> list[Block]:
    """Return the command that lets other machines in; nothing where they reach the server already."""
    label = "To let other machines in, stop the explorer and start it with"
    command = ShareBlock(kind="share", label=label, href=reach.command, note=reach.warning, copied="command")
    return [command] if reach.command else []


class QrBlock(TypedDict):
    """A QR code: the dark squares as the path of an SVG of ``size`` units, and the words in it."""

    kind: Literal["qr"]
    words: str
    size: int
    path: str


def qr_block(words: str) -> QrBlock:
    """Return the block of a QR code of an address; any phone reads it."""
    matrix = segno.make(words, error="m", micro=False).matrix
    dark = [(x, y) for y, row in enumerate(matrix) for x, module in enumerate(row) if module]
    return {"kind": "qr", "words": words, "size": len(matrix), "path": "".join(f"M{x} {y}h1v1h-1z" for x, y in dark)}
