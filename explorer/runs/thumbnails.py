"""Thumbnails of a run's images, encoded as PNG or JPEG."""

import base64
import io

from PIL import Image

from explorer.core.errors import ExplorerError
from explorer.runs.run import Run

# Photographs are shown at most this large; smaller pictures are sent as they are.
LONGEST = 256
# Below this, a picture is sent as PNG, so that enlarging shows its own pixels.
SMALL = 128
# A picture that fills a screen; a photograph of 2,000 px takes 0.5 MB.
SCREEN = 2048


def encoded(run: Run, side: str, index: int, longest: int = LONGEST) -> tuple[bytes, str]:
    """Return a picture and its media type: PNG where it is small, so that enlarging shows its own pixels, else JPEG.

    Args:
        run: whose picture it is.
        side: ``"train"`` or ``"test"``.
        index: row of that side of the run.
        longest: side in px to which a larger picture is made small.

    Raises:
        ExplorerError: there is no such side or image, or the picture cannot be read.
    """
    if side not in ("train", "test"):
        raise ExplorerError(f"There is no side {side!r}; choose train or test.")
    return shrunk(run.dataset.split(side).pictures[run.picture_row(side, run.check(side, index))], longest)


def shrunk(picture: Image.Image, longest: int = LONGEST) -> tuple[bytes, str]:
    """Return a picture in RGB, at most ``longest`` px long, and its media type; ``picture`` itself may be made small."""
    small = max(picture.size) <= SMALL
    picture.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    if small:
        picture.save(buffer, "PNG")
    else:
        picture.save(buffer, "JPEG", quality=88)
    return buffer.getvalue(), "image/png" if small else "image/jpeg"


def data_address(content: bytes, kind: str) -> str:
    """Return a picture as an address that carries it along, for a page that needs no server."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
