"""How an image file becomes RGB: orientation, transparency, and the range of values beyond eight bits. Words only; no pixels."""

from dataclasses import dataclass

UPRIGHT, AS_STORED = "upright", "as-stored"
ORIENTATIONS = (UPRIGHT, AS_STORED)
# ``dropped``: a transparent pixel keeps the colour that is stored below it, as Pillow's convert("RGB") leaves it.
WHITE, BLACK, DROPPED = "white", "black", "dropped"
BACKGROUNDS = (WHITE, BLACK, DROPPED)
# ``dropped``, and then whatever has the colour that a palette or a PNG calls transparent becomes white: some of transformers'
# processors find that colour noted on a picture that was made RGB before.
KEYED = "key-white"
# The value that becomes white, for pictures of more than eight bits a channel.
TOPS = {"8-bit": 255, "10-bit": 1023, "12-bit": 4095, "14-bit": 16383, "16-bit": 65535, "unit": 1}
# As Pillow's convert("RGB") does: every value above 255 is white.
CLIPPED = "clipped"
RANGES = (*TOPS, CLIPPED)
FULL = "16-bit"


@dataclass(frozen=True)
class Decoding:
    """What is done to an image file on its way to RGB.

    Attributes:
        orientation: ``upright`` turns it as its EXIF orientation says, ``as-stored`` does not.
        background: what transparent parts lie on: ``white``, ``black``, or ``dropped`` for the stored colours;
            see :data:`KEYED`.
        range: the values from black to white of pictures with more than eight bits a channel: one of :data:`RANGES`;
            empty for that of the file set, which is the full one where nothing else is known.
    """

    orientation: str = UPRIGHT
    background: str = WHITE
    range: str = ""


USUAL = Decoding()
