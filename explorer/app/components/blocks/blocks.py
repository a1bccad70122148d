"""A page as one element: its blocks are plain data, drawn by ``components/blocks/blocks.js`` in one message and one pass.

Streamlit's own titles, menus and texts cost a click 50 ms more than the same words in one component (decision 0006).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Annotated, Any, Literal, TypedDict, cast

from typing_extensions import ReadOnly

from explorer.app.components import loader
from explorer.app.components.glossary_terms import term_hints
from explorer.app.components.image_actions import hearing
from explorer.app.components.markdown.markdown_text import Node
from explorer.app.components.page_help import page_help
from explorer.core.phrases import spaced
from explorer.runs.edits.actions import Answer

_SCRIPT = "components/blocks/blocks.js"
_STYLES = (
    "components/gallery/gallery.css",
    "components/lightbox/lightbox.css",
    "components/histogram/histogram.css",
    "components/tug_of_war/tug_of_war.css",
    "components/blocks/menus.css",
    "components/blocks/tabs.css",
    "components/search_field/search_field.css",
    "components/take_along/take_along.css",
    "components/said_above/said_above.css",
    "components/blocks/outbox.css",
    "components/image_actions/image_actions.css",
    "components/choice_bar/choice_bar.css",
    "components/keys/keys.css",
    "components/markdown/markdown_text.css",
    "components/glossary_terms/term_hints.css",
    "components/blocks/blocks.css",
)
# Kinds of few pages, and the module with the style sheet that draws them: other pages do not fetch them.
_RARE = (
    {
        "bar": "components/bar/bar",
        "scatter": "components/scatter/scatter",
        "review": "pages/suspects/review/review",
        "decisions": "pages/retrain/edit_list",
        "steps": "components/blocks/steps",
        "onward": "components/blocks/steps",
        "table": "components/blocks/table",
        "ranking": "components/ranking/ranking",
        "astable": "components/as_table/as_table",
        "picture": "components/chart/chart",
        "timemachine": "components/time_machine/time_machine",
        "runs": "pages/data/run_list",
        "classes": "pages/data/class_list",
    }
    | dict.fromkeys(("hunt", "share", "standing"), "pages/learn/game/hunt")
    | dict.fromkeys(("qr", "class"), "pages/learn/room/room")
    | dict.fromkeys(("present", "quiz", "sheet"), "pages/learn/teaching/teaching")
)


@dataclass(frozen=True)
class Menu:
    """A choice whose value lives in the address.

    Attributes:
        name: of the parameter in the address.
        label: what is chosen, in words.
        options: value to the words that a person reads.
        value: what is chosen now.
        note: a sentence under the menu.
        addresses: where a value leads, as ``?…``, where choosing it changes more than this parameter.
        groups: headings of parts of the menu, and the values below each; the others stand first.
    """

    name: str
    label: str
    options: Mapping[str, str]
    value: str
    note: str = ""
    addresses: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)


class Block(TypedDict):
    """What every block says: which kind it is. Each kind is a type of its own beside the function that makes it."""

    kind: ReadOnly[str]


class Link(TypedDict):
    """A link; one without an address cannot be followed."""

    label: str
    href: str


class Tab(TypedDict):
    """A link to a view of a page; ``open`` marks the one that is shown."""

    label: str
    href: str
    open: bool


class Column(TypedDict):
    """Blocks below one another, with their share of the width."""

    share: int
    blocks: list[Block]


class Remark(TypedDict):
    """Something that a person may hide, under a key by which it stays hidden, and where more of it stands."""

    key: str
    text: str
    href: str


class HeadBlock(TypedDict):
    """The top of a page; ``about`` are its answers about itself."""

    kind: Literal["head"]
    title: str
    question: str
    notices: list[str]
    remarks: list[Remark]
    menus: list[Annotated[dict[str, Any], Menu]]
    about: list[Node]


class TextBlock(TypedDict):
    """A sentence or a heading."""

    kind: Literal["text"]
    tag: Literal["h2", "h3", "p"]
    quiet: bool
    text: str


class MenusBlock(TypedDict):
    """Menus side by side; ``low`` ones have their labels beside them and take one line."""

    kind: Literal["menus"]
    menus: list[Annotated[dict[str, Any], Menu]]
    low: bool


class ColumnsBlock(TypedDict):
    """Columns side by side."""

    kind: Literal["columns"]
    columns: list[Column]


class TableBlock(TypedDict):
    """A table of texts."""

    kind: Literal["table"]
    label: str
    columns: list[str]
    rows: list[list[str]]


class LinksBlock(TypedDict):
    """Links side by side."""

    kind: Literal["doors"]
    links: list[Link]


class TabsBlock(TypedDict):
    """Views of a page."""

    kind: Literal["tabs"]
    label: str
    tabs: list[Tab]


class PageData(TypedDict):
    """What the component of a page is given: blocks, ``[form, name, *nodes]`` of each word that it explains, answers to actions."""

    blocks: list[Block]
    words: list[list[Node]]
    answers: list[Annotated[dict[str, Any], Answer]]


def draw(key: str, *blocks: Block, on_lasso: Callable[[], None] | None = None) -> None:
    """Draw blocks from top to bottom as one element of the page; ``key`` is unique on the page.

    ``on_lasso`` is called when a person has chosen points of a scatter (:mod:`explorer.app.components.scatter.scatter`). What they
    decide about images is written down on every page (:mod:`explorer.app.components.image_actions.hearing`).
    """
    heard = {"on_act_change": hearing.listener(key)} | ({"on_lasso_change": on_lasso} if on_lasso else {})
    rare = dict.fromkeys(_RARE[kind] for kind in _kinds(blocks) if kind in _RARE)
    words, answers = term_hints.page_terms(key, blocks), hearing.answers()
    data: PageData = {"blocks": list(blocks), "words": words, "answers": answers}
    _component(*rare)(key=key, data=data, **heard)


def head(title: str, question: str, notices: Sequence[str], *menus: Menu) -> HeadBlock:
    """Return a page's title, its question, what must be known before, and menus at the right of the title."""
    entries = [asdict(menu) for menu in menus]
    return {
        "kind": "head",
        "title": title,
        "question": question,
        "notices": [*map(spaced, notices)],
        "remarks": [],
        "menus": entries,
        "about": page_help.answers(),
    }


def heading(words: str) -> TextBlock:
    """Return a heading within a page."""
    return {"kind": "text", "tag": "h2", "quiet": False, "text": spaced(words)}


def text(words: str) -> TextBlock:
    """Return a sentence."""
    return {"kind": "text", "tag": "p", "quiet": False, "text": spaced(words)}


def small(words: str) -> TextBlock:
    """Return a quiet sentence."""
    return {"kind": "text", "tag": "p", "quiet": True, "text": spaced(words)}


def menus(*shown: Menu, low: bool = False) -> MenusBlock:
    """Return menus side by side; ``low`` ones take one line, with their notes below all of them."""
    return {"kind": "menus", "menus": [asdict(menu) for menu in shown], "low": low}


def columns(*parts: tuple[int, Sequence[Block]]) -> ColumnsBlock:
    """Return blocks side by side, each column with its share of the width; below one another where the page is narrow."""
    return {"kind": "columns", "columns": [{"share": share, "blocks": list(blocks)} for share, blocks in parts]}


def table(label: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> TableBlock:
    """Return a table of texts, which scrolls where it is long; the first cell of a row is its heading."""
    return {"kind": "table", "label": label, "columns": list(columns), "rows": [list(row) for row in rows]}


def doors(*links: tuple[str, str]) -> LinksBlock:
    """Return links ``(label, address)`` side by side; one without an address cannot be followed."""
    return {"kind": "doors", "links": [{"label": label, "href": href} for label, href in links]}


def tab_links(label: str, links: Sequence[tuple[str, str, bool]]) -> TabsBlock:
    """Return links ``(label, address, whether it is open)`` to the views of a page; ``label`` names them all."""
    tabs: list[Tab] = [{"label": name, "href": href, "open": is_open} for name, href, is_open in links]
    return {"kind": "tabs", "label": label, "tabs": tabs}


def pager(address: Callable[[int], str], page: int, pages: int) -> list[Block]:
    """Return links to the page before and after; nothing where there is one page only."""
    steps = [("Previous page", page - 1), ("Next page", page + 1)]
    links = [(label, address(to) if 1 <= to <= pages else "") for label, to in steps]
    return [doors(*links)] if pages > 1 else []


def _kinds(blocks: Sequence[Block]) -> Iterator[str]:
    for block in blocks:
        yield block["kind"]
        if block["kind"] == "columns":
            for column in cast(ColumnsBlock, block)["columns"]:
                yield from _kinds(column["blocks"])


@cache
def _component(*rare: str) -> Callable[..., Any]:
    scripts, styles = ([f"{part}.{kind}" for part in rare] for kind in ("js", "css"))
    return loader.component("blocks", [_SCRIPT, *scripts], [*_STYLES, *styles])
