"""The duplicates view of the Suspects page: sets of identical or nearly identical images."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.app import backend, screen_text, urls
from explorer.app.components.as_table.as_table import as_table_of
from explorer.app.components.blocks.blocks import draw, heading, menus, pager, small, text
from explorer.app.components.gallery.gallery import Section, Tile, gallery
from explorer.app.components.image_actions import image_actions
from explorer.app.components.image_actions.image_actions import ActsBlock
from explorer.app.components.image_marks.image_marks import marked_sections
from explorer.app.components.image_tiles import image_tiles
from explorer.app.components.job_progress.offer import draw_offer
from explorer.app.components.search_field import found_images as found
from explorer.app.components.search_field.search_field import search_field
from explorer.core.keyed_cache import keyed_cache
from explorer.evaluation.duplicates import DuplicateSet
from explorer.runs.edits import edit_log
from explorer.runs.results import duplicates
from explorer.runs.results.duplicates import Duplicates
from explorer.runs.run import Run

# Up to so many images they are compared at once, in less than a second; more are compared in the background.
AT_ONCE = 3_000
# Sets a page: five rows at 1280 px.
PAGE = 25
# More images of one set than this are counted, not shown; but test copies are shown, up to so many.
SHOWN, MOST = 4, 12
# Labels of a set for which there is a button that keeps an image of that label.
LABELS = 3
FILTERS = {"all": "all", "labels": "those whose labels differ", "across": "those on both sides", "exact": "exact ones"}
ORDERS = {
    "kind": "differing labels, then both sides",
    "near": "the most alike",
    "far": "the least alike",
    "many": "the most images",
    "number": "the smallest number",
}
TITLE = "Images that occur twice, exactly or nearly"


def draw_duplicates(run: Run) -> None:
    """Draw the sets of duplicates; in a large run that was not searched yet, the button that starts the search."""
    result = _duplicates(run)
    if result is None:
        _draw_start_button(urls.run_name())
        return
    show, order = (
        urls.param_menu("show", "Show", FILTERS, "all"),
        urls.param_menu("order", "Sort by", ORDERS, "kind"),
    )
    wanted = found.found_images(run)
    sets = [group for group in result.sets if wanted is None or np.isin(group.train, wanted).any()]
    many = len(result.sets) > found.FEW or wanted is not None
    sets = in_order([group for group in sets if matches_filter(group, show.value)], order.value)
    at, pages = urls.page_param(len(sets), PAGE)
    state = {"view": "duplicates", "show": show.value, "order": order.value, "find": urls.param("find")}
    sections = marked_sections(run, [duplicate_section(run, group) for group in sets[PAGE * (at - 1) : PAGE * at]])
    draw(
        "duplicates",
        heading(TITLE),
        text(duplicates_sentence(result)),
        small(nearness_sentence(result)),
        menus(show, *([order] if len(result.sets) > 1 else [])),
        *([search_field("Search the sets", found.HINT)] if many else []),
        gallery(*sections) if sections else text("There are none." if wanted is None else found.NOTHING),
        *pager(lambda to: urls.address("suspects", **urls.query_state(**state, page=to)), at, pages),
        *([as_table_of("all these sets", "duplicates", [set_numbers(run, group) for group in sets])] if sets else []),
    )


def set_numbers(run: Run, group: DuplicateSet) -> dict[str, object]:
    """Return what is known of a set of duplicates as a row of a table."""
    labels = {run.class_names[label] for label in (*run.train_labels[group.train], *run.test_labels[group.test])}
    return {
        "training images": " ".join(map(str, group.train)),
        "test images": " ".join(map(str, group.test)),
        "labels": ", ".join(sorted(labels)),
        "exactly the same": group.exact,
        "closest two apart": group.distance,
        "farthest two apart": group.largest,
    }


def in_order(sets: Sequence[DuplicateSet], order: str) -> list[DuplicateSet]:
    """Return sets of duplicates in an order, a key of ``ORDERS``."""
    keys: dict[str, Callable[[DuplicateSet], float]] = {
        "near": lambda group: group.largest,
        "far": lambda group: -group.largest,
        "many": lambda group: -len(group.train) - len(group.test),
        "number": lambda group: int(group.train.min()),
    }
    return sorted(sets, key=keys[order]) if order in keys else list(sets)


def _duplicates(run: Run) -> Duplicates | None:
    """Return the duplicates; a run of common size is searched now, with a bar that says how far that is."""
    if len(run.train_labels) + len(run.test_labels) > AT_ONCE:
        return duplicates.load_duplicates(run)
    known = _known(run.id)
    if known is None:
        place = st.empty()
        bar = place.progress(0.0, text="Comparing every image with all others")
        known = duplicates.find_duplicates(run, lambda stage, done, total, _={}: _tell(bar, stage, done, total))
        place.empty()
    return known


def _tell(bar: DeltaGenerator, stage: str, done: float, total: float) -> None:
    bar.progress(done / total, text=f"{stage}: {done:,.0f} of {total:,.0f}")


@keyed_cache(backend.RUNS)
def _known(run_id: str) -> Duplicates | None:
    return duplicates.load_duplicates(backend.run(run_id))


def _draw_start_button(name: str) -> None:
    draw("no-duplicates", heading(TITLE), text("In a run of this size they are looked for in the background."))
    draw_offer("Compare all images", ":material/difference:", "duplicates", name)


def matches_filter(group: DuplicateSet, show: str) -> bool:
    """Return whether a set of duplicates passes the filter ``show``, a key of ``FILTERS``."""
    return {"labels": group.contradicting, "across": group.across, "exact": group.exact}.get(show, True)


def duplicates_sentence(result: Duplicates) -> str:
    """Return how many sets there are, how many cross the two sides, and how many have differing labels."""
    exact, across, labels = (
        sum(matches_filter(group, show) for group in result.sets) for show in ("exact", "across", "labels")
    )
    if not result.sets:
        return "No training image occurs twice, neither exactly nor nearly."
    sentences = [
        f"{screen_text.counted(len(result.sets), 'set')} of images that show the same picture, {exact or 'none'} of them exactly."
    ]
    if across:
        sentences += [
            f"In {screen_text.counted(across, 'set')} a test image is among them, so the test may be easier than it seems."
        ]
    if labels:
        sentences += [f"In {screen_text.counted(labels, 'set')} the labels differ: at least one of them is wrong."]
    return " ".join(sentences)


def nearness_sentence(result: Duplicates) -> str:
    """Return how images of this run are found to be nearly the same."""
    if not result.bound:
        return "There are too few images to say what is nearly the same; only exactly equal files were sought."
    return (
        f"Nearly the same: the network finds any two images of a set alike (at most {result.bound:.2f} apart, on a scale from 0 to 2), "
        "and their pixels show the same picture, perhaps shifted, mirrored, cut a little, lighter or darker. Images that only the "
        "network finds alike are not here."
    ) + recall_sentence(result)


def recall_sentence(result: Duplicates) -> str:
    """Return that not all images were compared, and how many close pairs were found all the same; nothing where all were."""
    if (known := result.recall) is None:
        return ""
    return (
        f" Of so many images, each was compared with those in neighbouring cells alone, so copies may be missing: of {known.close:,} "
        f"close pairs of {known.images:,} images that were compared with all, {known.found:,} were found. Each distance is exact."
    )


def duplicate_section(run: Run, group: DuplicateSet) -> Section:
    """Return the gallery section of one set: the two farthest apart first, then the test images, and what can be done."""
    images = _shown_first(group)
    shown = images[: max(SHOWN, min(MOST, 2 + len(group.test)))]
    tiles = [_train_tile(run, row) if side == "train" else _test_tile(run, row) for side, row in shown]
    more, same = len(images) - len(shown), "Exactly the same" if group.exact else "Nearly the same"
    apart = "" if group.exact else f"the first two are {group.largest:.2f} apart"
    remarks = [
        *(["labels differ"] if group.contradicting else []),
        *(["also in the test set"] if group.across else []),
        *([apart if len(images) == 2 or group.exact else f"{apart}, no two are farther"] if apart else []),
        *([f"{more:,} more"] if more > 0 else []),
    ]
    remark = ", ".join(remarks)
    title = f"✗ {same}" if group.contradicting else same
    name = f"{same}: " + ", ".join(tile.alt for tile in tiles)
    words = remark[:1].upper() + remark[1:] + "." if remark else ""
    return Section(name, tiles, title, words, tile=80, acts=copies_acts(run, group))


def _shown_first(group: DuplicateSet) -> list[tuple[str, int]]:
    """Return side and row of all images of a set, in the order in which they are shown."""
    sides = (("test", group.test), ("train", group.train))
    return list(dict.fromkeys([*group.farthest, *((side, int(row)) for side, rows in sides for row in rows)]))


def copies_acts(run: Run, group: DuplicateSet) -> ActsBlock:
    """Return the buttons that exclude the copies of a set; each says which image is kept.

    Where the labels differ, somebody must say which is right: there is a button for each. Without any training image left,
    the test image is new to the model.
    """
    rows, buttons = [int(row) for row in group.train], []
    for keeper in _keepers(run, rows) if len(rows) > 1 else []:
        others = [row for row in rows if row != keeper]
        copies = "the copy" if len(others) == 1 else f"the {len(others):,} copies"
        name = f"{keeper} ({run.class_names[run.train_labels[keeper]]})" if group.contradicting else str(keeper)
        buttons += image_actions.excluding(run, f"Exclude {copies}, keep training image {name}", others)
    if group.across:
        all_ = f"training image {rows[0]}" if len(rows) == 1 else f"all {len(rows):,} training images"
        buttons += image_actions.excluding(run, f"Exclude {all_}: then the model has never seen the test image", rows)
    return image_actions.acts(run, "", buttons)


def _keepers(run: Run, rows: list[int]) -> list[int]:
    """Return the image to keep of each label: one whose label was confirmed, else one that is not excluded, else the first."""
    state = edit_log.state(run.data_digest)

    def rank(row: int) -> tuple[bool, bool, int]:
        picture = run.picture_row("train", row)
        return picture not in state.kept, picture in state.excluded, row

    first: dict[int, int] = {}
    for row in sorted(rows, key=rank):
        first.setdefault(int(run.train_labels[row]), row)
    return list(first.values())[:LABELS]


def _train_tile(run: Run, row: int) -> Tile:
    tile = image_tiles.training_tile(run, row)
    return replace(tile, lines=(tile.lines[0], f"training {row}"))


def _test_tile(run: Run, row: int) -> Tile:
    tile = image_tiles.prediction_tile(run, row, pictured=True)
    return replace(tile, lines=(tile.lines[0], f"test {row}"))
