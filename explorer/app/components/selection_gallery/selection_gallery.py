"""Images selected on a map: how many of which class, their gallery, the links and edits that start from them."""

from collections.abc import Callable
from math import inf

import numpy as np

from explorer.app import screen_text, urls
from explorer.app.components.blocks.blocks import Block, doors, heading, menus, pager, small, text
from explorer.app.components.gallery.gallery import Section, Tile, gallery
from explorer.app.components.image_actions import image_actions
from explorer.app.components.image_marks.image_marks import image_file, marked
from explorer.app.components.image_tiles import image_tiles
from explorer.app.components.search_field.found_images import FEW, HINT, found_images
from explorer.app.components.search_field.search_field import search_field, search_words
from explorer.app.components.take_along.take_along import Tabled, take_along
from explorer.runs import prediction_filter, selections
from explorer.runs.edits.change import IMAGES
from explorer.runs.results.stored_marks import stored_marks
from explorer.runs.run import Run
from explorer.runs.selections import Selection

# Tiles a page: they stand beside the map without scrolling at 1280 px.
PAGE = 48
# A line around more images is drawn to look; to change so many labels with one click would be a mistake.
MOST_AT_ONCE = 1_000
# Classes that a sentence names, the largest ones.
NAMED = 6
# What comes first, by the order's name in the address.
ORDERS = {
    "loss": "the highest loss",
    "suspect": "the most suspect",
    "class": "the first label",
    "number": "the smallest number",
    "file": "the first file name",
}
NONE_FITS = "None of them fits what you search for."
ELSEWHERE = "What was chosen belongs to another run. Open that run, or draw a new line."
NOTHING = "Nothing is chosen yet. Draw a line around some points, or click one, and their pictures stand here."


def selection_blocks(run: Run, selection: Selection | None, page: str, **state: object) -> list[Block]:
    """Return the blocks of a selection; ``page`` and ``state`` make the addresses of its further pages."""
    key = urls.param("selection")
    if selection is None:
        return [heading("Chosen images"), text(ELSEWHERE if key else NOTHING)]
    every, sort = by_loss(run, selection), urls.param_menu("sort", "Sort by", ORDERS, "loss")
    rows = in_order(run, found(run, every, search_words()), sort.value)
    state |= {"sort": urls.param("sort"), "find": urls.param("find")}
    at, pages = urls.page_param(len(rows), PAGE)
    tiles, first = _tiles(run, rows[PAGE * (at - 1) : PAGE * at]), ORDERS[sort.value]
    return [
        heading("Chosen images"),
        *(text(sentence) for sentence in class_counts(run, selection)),
        doors(*next_links(run, selection)),
        *actions(run, selection),
        *([menus(sort, low=True), search_field("Search them", HINT)] if len(every) > FEW else []),
        small(f"{first[:1].upper()}{first[1:]} first" + (f", page {at:,} of {pages:,}." if pages > 1 else ".")),
        gallery(Section("Chosen images", tiles, tile=84, empty=NONE_FITS)),
        *pager(lambda to: urls.address(page, **urls.query_state(**state, selection=key, page=to)), at, pages),
        take_along(Tabled("the chosen images", "selection", {"selection": key})),
    ]


def by_loss(run: Run, selection: Selection) -> list[tuple[str, int]]:
    """Return side and row of all selected images: training images first, each side by descending loss."""
    images = []
    for side, rows in _sides(selection):
        order = np.argsort(run.probabilities(side)[rows, run.labels(side)[rows]], kind="stable")
        images += [(side, int(row)) for row in rows[order]]
    return images


def in_order(run: Run, images: list[tuple[str, int]], order: str) -> list[tuple[str, int]]:
    """Return images ``(side, row)`` in an order, a key of ``ORDERS``; training images first, equals as they were."""
    ranks = stored_marks(run).suspects
    keys: dict[str, Callable[[str, int], float | str]] = {
        "suspect": lambda side, row: ranks.get(row, inf) if side == "train" else inf,
        "class": lambda side, row: int(run.labels(side)[row]),
        "number": lambda side, row: row,
        "file": lambda side, row: image_file(run, side, row),
    }
    if order not in keys:
        return images
    return sorted(images, key=lambda image: (image[0] == "test", keys[order](*image)))


def found(run: Run, images: list[tuple[str, int]], words: str) -> list[tuple[str, int]]:
    """Return those of images ``(side, row)`` about which some words say something; all where there are no words."""
    if not words:
        return images
    train, test = found_images(run, words), prediction_filter.found(run, words)
    known = set() if train is None else set(train.tolist())
    return [(side, row) for side, row in images if (test[row] if side == "test" else row in known)]


def class_counts(run: Run, selection: Selection) -> list[str]:
    """Return a sentence for each side: how many images of each class are selected, and how many predicted wrongly."""
    return [_sentence(run, *side) for side in _sides(selection)]


def _sides(selection: Selection) -> list[tuple[str, np.ndarray]]:
    """Return the sides that have selected images, with their rows."""
    return [(side, rows) for side, rows in (("train", selection.train), ("test", selection.test)) if len(rows)]


def _sentence(run: Run, side: str, rows: np.ndarray) -> str:
    labels = run.labels(side)[rows]
    counts = np.bincount(labels, minlength=len(run.class_names))
    named = [row for row in np.argsort(-counts, kind="stable") if counts[row]]
    each = ", ".join(f"{counts[row]:,} labelled {run.class_names[row]}" for row in named[:NAMED])
    if len(named) > NAMED:
        each += f", {int(counts[named[NAMED:]].sum()):,} of {len(named) - NAMED:,} more"
    wrong = int((run.probabilities(side)[rows].argmax(axis=1) != labels).sum())
    kind = screen_text.counted(len(rows), IMAGES[side])
    return f"{kind}: {each}. The model gets {wrong:,} wrong."


def next_links(run: Run, selection: Selection) -> list[tuple[str, str]]:
    """Return the links that start from a selection: to the review and the group effect, and to the causes of test errors."""
    links = []
    if len(selection.train):
        key = selections.save(run.id, "train", selection.train)
        links.append(("Review these", urls.address("suspects", **urls.query_state(selection=key))))
        links.append(
            ("What they do together", urls.address("suspects", **urls.query_state(view="groups", selection=key)))
        )
    if len(selection.test):
        key = selections.save(run.id, "test", selection.test)
        links.append(
            ("Who caused these errors", urls.address("suspects", **urls.query_state(view="cell", selection=key)))
        )
    return links


def actions(run: Run, selection: Selection) -> list[Block]:
    """Return the buttons that exclude or relabel all selected training images; none for more than ``MOST_AT_ONCE``."""
    rows = [int(row) for row in selection.train]
    if not rows:
        return []
    if len(rows) > MOST_AT_ONCE:
        return [small(f"Choose at most {MOST_AT_ONCE:,} training images to exclude or relabel them together.")]
    names = run.class_names[: image_actions.SHORTCUTS - 1]
    buttons = image_actions.excluding(run, f"Exclude all {len(rows):,}", rows)
    for name in names:
        buttons += image_actions.on_many(run, f"Relabel all to {name}", "relabel", rows, name)
    return [image_actions.acts(run, "These training images", [*buttons, *image_actions.undo(run)])]


def _tiles(run: Run, images: list[tuple[str, int]]) -> list[Tile]:
    """Return the tiles of images ``(side, row)``, training images first."""
    train = [image_tiles.training_tile(run, row) for side, row in images if side == "train"]
    test = [image_tiles.prediction_tile(run, row, pictured=True) for side, row in images if side == "test"]
    return [*marked(run, "train", train), *marked(run, "test", test)]
