"""Galleries of clickable thumbnails."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypedDict

from explorer.app.components.image_actions.image_actions import ActsBlock


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


@dataclass(frozen=True)
class Section:
    """Tiles with a heading.

    Attributes:
        label: what a screen reader calls the gallery.
        tiles: in order.
        title: heading; none where empty.
        text: a sentence under the heading.
        facts: pairs under the tiles, such as ``("Labelled", "cat")``; a third word, ``"helpful"`` or ``"harmful"``, colours.
        empty: what stands there when there are no tiles.
        tile: least width of a tile in pixels.
        single: whether it is one large picture.
        acts: what can be done about the picture (:func:`explorer.app.components.image_actions.image_actions.acts`), under the facts.
    """

    label: str
    tiles: Sequence[Tile]
    title: str = ""
    text: str = ""
    facts: Sequence[tuple[str, ...]] = ()
    empty: str = ""
    tile: int = 96
    single: bool = False
    acts: ActsBlock | None = None


class GalleryBlock(TypedDict):
    """Galleries side by side."""

    kind: Literal["gallery"]
    sections: list[Annotated[dict[str, Any], Section]]


def gallery(*sections: Section) -> GalleryBlock:
    """Return sections side by side, below one another where the page is narrow.

    A click on a tile follows its link within the page, as the back button would.
    """
    return {
        "kind": "gallery",
        "sections": [vars(section) | {"tiles": [vars(tile) for tile in section.tiles]} for section in sections],
    }
