"""The list of decisions on Retrain: each with its picture, from what to what, who made it and when, and a button that takes it back."""

import time
from collections.abc import Sequence
from typing import Literal, TypedDict

from explorer.app import screen_text, urls
from explorer.app.components.blocks.blocks import Block, Menu, heading, menus, pager, small
from explorer.app.components.image_actions import image_actions
from explorer.app.components.search_field import found_images as found
from explorer.app.components.search_field.search_field import search_field
from explorer.app.server import inline_thumbnail, thumbnail_url
from explorer.runs.edits import actions, edit_log
from explorer.runs.edits.change import IMAGES
from explorer.runs.edits.edit_log import Change, Edit
from explorer.runs.edits.exchange import file_of
from explorer.runs.run import Run

# Decisions a page: three screens at 1280 px.
PAGE = 50
KINDS = {
    "all": "all kinds",
    "relabel": "new labels",
    "exclude": "left out",
    "keep": "confirmations",
    "trust": "trusted test images",
    "tag": "tags",
    "note": "notes",
}
DONE = {
    "relabel": "relabelled",
    "exclude": "left out",
    "keep": "confirmed",
    "trust": "trusted",
    "tag": "tagged",
    "note": "noted",
}
ANYBODY = "everybody"


class Decision(TypedDict):
    """One decision; ``said`` is all of it in words, ``later`` whether a later one of the same picture stands in its place."""

    id: int
    src: str
    inline: str
    href: str
    picture: str
    file: str
    what: str
    who: str
    when: str
    later: bool
    said: str


class DecisionsBlock(TypedDict):
    """Decisions, the latest first, each with a button that takes it back."""

    kind: Literal["decisions"]
    run: str
    items: list[Decision]


def edit_list(run: Run) -> list[Block]:
    """Return the list of all decisions on a data set, with filters and the buttons that take back; nothing where there are none.

    Args:
        run: the unedited run, whose numbers name the pictures.
    """
    made = edit_log.live(run.data_digest)[::-1]
    buttons = [*image_actions.undo(run), *image_actions.redo(run)]
    if not made:
        return [image_actions.acts(run, "Take back", buttons)] if buttons else []
    filters, fitting = _filtered(made)
    shown = _searched(run, fitting)
    at, pages = urls.page_param(len(shown), PAGE)
    state = urls.query_state(
        **{menu.name: menu.value for menu in filters}, test=urls.param("test"), find=urls.param("find")
    )
    whole = "Take back all" if len(shown) == len(made) else "Take back these"
    said = f"{whole} {len(shown):,} decisions; Redo puts them in force again"
    all_ = image_actions.button(f"{whole} {len(shown):,}", "take-back", [edit.id for edit in shown], said=said)
    return [
        heading("All decisions, the latest first"),
        *([menus(*filters)] if filters else []),
        *(
            [search_field("Search the training images", found.HINT)]
            if len(fitting) > found.FEW or shown != fitting
            else []
        ),
        image_actions.acts(run, "Take back", [*buttons, *([all_] if len(shown) > 1 else [])]),
        small(_counts(shown, _replaced(made))),
        decisions_block(run, made, shown[PAGE * (at - 1) : PAGE * at]),
        *pager(lambda to: urls.address("retrain", **state, page=to), at, pages),
    ]


def decisions_block(run: Run, made: Sequence[Edit], shown: Sequence[Edit]) -> DecisionsBlock:
    """Return the rows of some decisions; ``made`` are all of them, by which those are known that a later one replaces."""
    replaced = _replaced(made)
    items = [_decision(run, edit, edit.id in replaced) for edit in shown]
    return {"kind": "decisions", "run": run.id, "items": items}


def _replaced(made: Sequence[Edit]) -> set[int]:
    """Return the ids of those decisions that a later one of the same picture replaces."""
    standing = {edit.id for edit in edit_log.in_force(sorted(made, key=lambda edit: edit.id))}
    return {edit.id for edit in made if not edit.change.clears and edit.id not in standing}


def _filtered(made: Sequence[Edit]) -> tuple[list[Menu], list[Edit]]:
    """Return the menus by which the list can be narrowed, and the decisions that fit them."""
    authors = sorted({edit.author for edit in made})
    known = {edit.change.action for edit in made}
    kinds = {kind: words for kind, words in KINDS.items() if kind == "all" or kind in known}
    kind = (
        urls.param_menu("kind", "Show", kinds, "all") if _known("kind", kinds) else Menu("kind", "Show", kinds, "all")
    )
    options = {"": ANYBODY} | {name: name for name in authors}
    given = urls.param("author") or ""
    author = Menu("author", "Made by", options, given if given in options else "")
    shown = [edit for edit in made if kind.value in ("all", edit.change.action) and author.value in ("", edit.author)]
    return [menu for menu in (kind, author) if len(menu.options) > 2], shown


def _searched(run: Run, made: list[Edit]) -> list[Edit]:
    """Return the decisions on training images that the address searches for; all where it searches for nothing."""
    wanted = found.found_images(run)
    if wanted is None:
        return made
    rows = {run.picture_row("train", int(row)) for row in wanted}
    return [edit for edit in made if edit.change.side == "train" and edit.change.row in rows]


def _known(name: str, options: dict[str, str]) -> bool:
    """Return whether the address names one of the options, or none: what it names may have been taken back since."""
    return (urls.param(name) or "all") in options


def _counts(shown: Sequence[Edit], replaced: set[int]) -> str:
    """Return how many decisions of each kind are listed: ``27 decisions: 24 left out, 2 confirmed, 1 replaced by a later one.``"""
    kinds = [edit.change.action for edit in shown if edit.id not in replaced]
    listed = [f"{kinds.count(kind):,} {words}" for kind, words in DONE.items() if kind in kinds]
    later = len(shown) - len(kinds)
    listed += [f"{later:,} replaced by a later one"] if later else []
    return f"{screen_text.counted(len(shown), 'decision')}: {', '.join(listed)}." if shown else "None fits."


def _decision(run: Run, edit: Edit, later: bool) -> Decision:
    change = edit.change
    at = run.train_index(change.row) if change.side == "train" else change.row
    picture = f"picture {change.row} of the data set" if at is None else f"{IMAGES[change.side]} {at}"
    page, name = ("training_image", "train") if change.side == "train" else ("explain", "test")
    what = what_changed(run, change)
    return {
        "id": edit.id,
        "src": "" if at is None else thumbnail_url(run.id, change.side, at),
        "inline": "" if at is None else inline_thumbnail(run.id, change.side, at),
        "href": "" if at is None else urls.address(page, run=urls.name_of(run.id), **{name: at}),
        "picture": picture[:1].upper() + picture[1:],
        "file": file_of(run, change.side, change.row),
        "what": what,
        "who": edit.author,
        "when": time.strftime("%Y-%m-%d %H:%M", time.localtime(edit.made)),
        "later": later,
        "said": f"{picture}, {what}, by {edit.author}",
    }


def what_changed(run: Run, change: Change) -> str:
    """Return what a decision changes, from what to what: ``cat → dog``, ``dog, left out``."""
    split = run.dataset.split(change.side)
    label = run.class_names[split.labels[change.row]]
    words = {
        "relabel": f"{label} → {change.value}",
        "exclude": f"{label}, left out",
        "keep": f"{label}, {actions.CONFIRMED}",
        "trust": "no longer trusted" if change.clears else f"{label}, trusted",
        "tag": f"tag {change.value[1:]} taken away" if change.clears else f"tag: {change.value}",
        "note": "note taken away" if change.clears else f"note: {change.value}",
    }
    return words[change.action]
