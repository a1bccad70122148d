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
        bar: length of the bar under the picture as a share of the longest, -1 … 1; its sign colours it; none where None.
        marks: what is known of the picture, in a word or two each, such as ``"left out"``.
        file: name of its file, with the folders below that of the data set; empty where it has none.
    """

    id: str
    src: str
    alt: str
    lines: tuple[str, ...]
    href: str = ""
    sign: str = ""
    inline: str = ""
    bar: float | None = None
    marks: tuple[str, ...] = ()
    file: str = ""


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
        rows: of tiles that are shown before a button that shows all; 0 shows all at once.
        order: in which the tiles come, as in ``effect``; a gallery of many that has one is also sorted and searched in the browser.
        about: the picture that all tiles are about, shown beside a large one, where it stands in no section beside this.
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
    rows: int = 0
    order: str = ""
    about: Tile | None = None


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
        "sections": [_plain(section) for section in sections],
    }


def _plain(section: Section) -> dict[str, Any]:
    about = vars(section.about) if section.about else None
    return vars(section) | {"tiles": [vars(tile) for tile in section.tiles], "about": about}
