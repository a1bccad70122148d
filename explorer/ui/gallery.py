"""Galleries of clickable thumbnails: a component without build step, its code in ``assets/``."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import streamlit as st

_ASSETS = Path(__file__).resolve().parents[2] / "assets"


@dataclass(frozen=True)
class Tile:
    """One picture.

    Attributes:
        id: the image's index.
        src: address of the thumbnail.
        alt: what the picture is, in words.
        lines: under the picture; the second may carry a sign.
        href: where a click leads, for a new tab too; empty where it leads nowhere.
        inline: the picture itself as a data address, where it is so small that a request would take longer.
        sign: ``"helpful"``, ``"harmful"`` or empty: the colour of the second line.
    """

    id: str
    src: str
    alt: str
    lines: tuple[str, ...]
    href: str = ""
    sign: str = ""
    inline: str = ""


def gallery(key: str, label: str, tiles: Sequence[Tile], empty: str = "", tile: int = 96, single: bool = False) -> None:
    """Draw tiles; a click on one follows its link within the page, as the browser's own back button would.

    Args:
        key: unique on the page.
        label: what a screen reader calls the gallery.
        tiles: in order.
        empty: what stands there when there are none.
        tile: least width of a tile in pixels.
        single: whether it is one large picture.
    """
    data: dict[str, Any] = {"items": [asdict(entry) for entry in tiles], "label": label, "empty": empty}
    _component()(key=key, data=data | {"tile": tile, "single": single})


def _component() -> Callable[..., Any]:
    return st.components.v2.component(
        "gallery",
        html='<div class="gallery" role="group"></div><div class="empty"></div>',
        css=(_ASSETS / "gallery.css").read_text(encoding="utf-8"),
        js=(_ASSETS / "gallery.js").read_text(encoding="utf-8"),
    )
