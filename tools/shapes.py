"""Write ``explorer/app/components/blocks.d.ts``: the shapes of what Python sends to the browser, for the type checker of the JavaScript.

``python -m tools.shapes`` after a change of a block's type. Each shape is written once, as a ``TypedDict`` beside the function that
makes it; a dataclass that is sent as plain data is ``Annotated[dict[str, Any], TheDataclass]`` there.
"""

import dataclasses
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import typing_extensions

from explorer.app.components.as_table.as_table import AsTableBlock
from explorer.app.components.bar.bar import BarBlock
from explorer.app.components.blocks.blocks import (
    ColumnsBlock,
    HeadBlock,
    LinksBlock,
    MenusBlock,
    PageData,
    TableBlock,
    TabsBlock,
    TextBlock,
)
from explorer.app.components.chart.chart import PictureBlock
from explorer.app.components.gallery.gallery import GalleryBlock
from explorer.app.components.histogram.histogram import BarsBlock
from explorer.app.components.image_actions.image_actions import ActsBlock
from explorer.app.components.job_progress.awaited import AwaitedBlock
from explorer.app.components.markdown.markdown_text import ProseBlock
from explorer.app.components.ranking.ranking import RankingBlock
from explorer.app.components.said_above.said_above import RestBlock, SaidBlock
from explorer.app.components.scatter.scatter import ScatterBlock
from explorer.app.components.search_field.search_field import SearchBlock
from explorer.app.components.take_along.take_along import TakeBlock
from explorer.app.components.time_machine.time_machine import TimeMachineBlock
from explorer.app.components.tug_of_war.tug_of_war import TugBlock
from explorer.app.pages.data.class_list import ClassesBlock
from explorer.app.pages.data.run_list import RunsBlock
from explorer.app.pages.learn.game.hunt import HuntBlock
from explorer.app.pages.learn.game.score import StandingBlock
from explorer.app.pages.learn.glossary import GlossaryData
from explorer.app.pages.learn.lesson.lesson import OnwardBlock
from explorer.app.pages.learn.lesson.plane.plane import PlaneData
from explorer.app.pages.learn.lesson.steps import StepsBlock
from explorer.app.pages.learn.room.class_view import ClassBlock
from explorer.app.pages.learn.room.share import QrBlock, ShareBlock
from explorer.app.pages.learn.teaching.notes import SheetBlock
from explorer.app.pages.learn.teaching.presentation import PresentBlock
from explorer.app.pages.learn.teaching.questions import QuizBlock
from explorer.app.pages.retrain.edit_list import DecisionsBlock
from explorer.app.pages.suspects.queue import ReviewBlock
from explorer.app.work import WorkSummary

COMMON = (HeadBlock, TextBlock, MenusBlock, LinksBlock, TabsBlock, ColumnsBlock, TableBlock, ProseBlock, GalleryBlock)
BLOCKS = (
    *COMMON,
    AsTableBlock,
    BarBlock,
    AwaitedBlock,
    BarsBlock,
    TugBlock,
    ActsBlock,
    ScatterBlock,
    StepsBlock,
    OnwardBlock,
    SearchBlock,
    TakeBlock,
    SaidBlock,
    RestBlock,
)
OF_PAGES = (
    PictureBlock,
    TimeMachineBlock,
    RunsBlock,
    ClassesBlock,
    RankingBlock,
    ReviewBlock,
    HuntBlock,
    ShareBlock,
    StandingBlock,
    QrBlock,
    ClassBlock,
    PresentBlock,
    QuizBlock,
    SheetBlock,
    DecisionsBlock,
)
DATA = (PageData, PlaneData, GlossaryData, WorkSummary)
PATH = Path(__file__).parents[1] / "explorer/app/components/blocks.d.ts"
HEAD = """// What Python sends to the browser. Written by `python -m tools.shapes` from the types in Python: change those.

/** A text, or an element with its attributes and what is in it. */
export type Node = string | [tag: string, attributes: Record<string, string>, ...children: Node[]];
"""
PLAIN = {str: "string", int: "number", float: "number", bool: "boolean", type(None): "null", Any: "unknown"}
# A type of Python that is the union of all kinds here.
NAMED = {"Block": "Block"}


def written() -> str:
    """Return the file."""
    kinds = (*BLOCKS, *OF_PAGES)
    union = f"export type Block =\n{chr(10).join(f'  | {kind.__name__}' for kind in kinds)};\n"
    return "\n".join([HEAD, union, *map(_interface, _reached((*kinds, *DATA)))])


def _reached(roots: Sequence[type]) -> list[type]:
    """Return the shapes and all that they consist of, each once."""
    found: dict[str, type] = {}
    waiting = list(roots)
    while waiting:
        shape = waiting.pop(0)
        if shape.__name__ in NAMED or found.setdefault(shape.__name__, shape) is not shape:
            continue
        waiting += [part for hint in _hints(shape).values() for part in _shapes(hint) if part.__name__ not in found]
    return list(found.values())


def _hints(shape: type) -> dict[str, Any]:
    return typing_extensions.get_type_hints(shape, include_extras=True)


def _shapes(hint: Any) -> Iterator[type]:
    if dataclasses.is_dataclass(hint) or typing_extensions.is_typeddict(hint):
        yield hint
    for part in _parts(hint):
        yield from _shapes(part)


def _parts(hint: Any) -> tuple[Any, ...]:
    if typing.get_origin(hint) is typing.Annotated:
        return (hint.__metadata__[0],)
    return () if typing.get_origin(hint) is typing.Literal else typing.get_args(hint)


def _interface(shape: type) -> str:
    doc = (shape.__doc__ or "").strip().partition("\n")[0]
    fields = "".join(f"  {name}: {_type(hint)};\n" for name, hint in _hints(shape).items())
    return f"/** {doc} */\nexport interface {shape.__name__} {{\n{fields}}}\n"


def _type(hint: Any) -> str:
    """Return how TypeScript writes a type of Python."""
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if hint in PLAIN:
        return PLAIN[hint]
    if origin is typing.Annotated:
        meant = hint.__metadata__[0]
        return meant if isinstance(meant, str) else meant.__name__
    if origin is typing.Literal:
        return " | ".join(f'"{part}"' for part in parts)
    if origin in (typing.Union, types.UnionType):
        return " | ".join(map(_type, parts))
    if origin in (dict, Mapping):
        return f"Record<{_type(parts[0])}, {_type(parts[1])}>"
    if origin is tuple and parts[-1] is not Ellipsis:
        return f"[{', '.join(map(_type, parts))}]"
    if origin in (list, tuple, Sequence):
        inside = _type(parts[0])
        return f"({inside})[]" if "|" in inside else f"{inside}[]"
    if not isinstance(hint, type):
        raise TypeError(
            f"tools/shapes.py does not know how TypeScript writes {hint}; teach it, or send something else."
        )
    return hint.__name__


if __name__ == "__main__":
    PATH.write_text(written(), encoding="utf-8")
