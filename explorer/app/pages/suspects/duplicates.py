"""The duplicates view of the Suspects page: sets of identical or nearly identical images."""

from dataclasses import replace

from explorer.app import backend, screen_text, urls
from explorer.app.components.blocks.blocks import draw, heading, menus, pager, small, text
from explorer.app.components.gallery.gallery import Section, Tile, gallery
from explorer.app.components.image_tiles import image_tiles
from explorer.app.components.job_progress.offer import draw_offer
from explorer.core.keyed_cache import keyed_cache
from explorer.evaluation.duplicates import DuplicateSet
from explorer.runs.results import duplicates
from explorer.runs.results.duplicates import Duplicates
from explorer.runs.run import Run

# Up to so many images they are compared at once, in about a second; more are compared in the background.
AT_ONCE = 20_000
# Sets a page: five rows at 1280 px.
PAGE = 25
# More images of one set than this are counted, not shown.
SHOWN = 4
FILTERS = {"all": "all", "labels": "those whose labels differ", "across": "those on both sides", "exact": "exact ones"}
TITLE = "Images that occur twice"


def draw_duplicates(run: Run) -> None:
    """Draw the sets of duplicates; in a large run that was not searched yet, the button that starts the search."""
    result = _duplicates(run)
    if result is None:
        _draw_start_button(urls.run_name())
        return
    show = urls.param_menu("show", "Show", FILTERS, "all")
    sets = [group for group in result.sets if matches_filter(group, show.value)]
    at, pages = urls.page_param(len(sets), PAGE)
    draw(
        "duplicates",
        heading(TITLE),
        text(duplicates_sentence(result)),
        small(nearness_sentence(result)),
        menus(show),
        gallery(*(duplicate_section(run, group) for group in sets[PAGE * (at - 1) : PAGE * at]))
        if sets
        else text("There are none."),
        *pager(
            lambda to: urls.address("suspects", **urls.query_state(view="duplicates", show=show.value, page=to)),
            at,
            pages,
        ),
    )


def _duplicates(run: Run) -> Duplicates | None:
    if len(run.train_labels) + len(run.test_labels) <= AT_ONCE:
        return _at_once(run.id)
    return duplicates.load_duplicates(run)


@keyed_cache(backend.RUNS)
def _at_once(run_id: str) -> Duplicates:
    return duplicates.find_duplicates(backend.run(run_id))


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
        f"{screen_text.counted(len(result.sets), 'set')} of images that show the same, {exact or 'none'} of them exactly."
    ]
    if across:
        sentences += [
            f"In {screen_text.counted(across, 'set')} a test image was also trained on, so the test is easier than it seems."
        ]
    if labels:
        sentences += [f"In {screen_text.counted(labels, 'set')} the labels differ, so at least one is wrong."]
    return " ".join(sentences)


def nearness_sentence(result: Duplicates) -> str:
    """Return the distance below which two images of this run count as nearly the same."""
    if not result.bound:
        return "There are too few images to say what is nearly the same; only exactly equal files were sought."
    return (
        f"Nearly the same: the features of two images are at most {result.bound:.2f} apart, on a scale from 0 to 2. That is far "
        "closer than an image of this run usually is to its nearest neighbour. Look before you exclude one."
    )


def duplicate_section(run: Run, group: DuplicateSet) -> Section:
    """Return the gallery section of one set of duplicates, with its remarks."""
    same = "Exactly the same" if group.exact else "Nearly the same"
    remarks = [
        *(["labels differ"] if group.contradicting else []),
        *(["also in the test set"] if group.across else []),
        *([] if group.exact else [f"{group.distance:.2f} apart"]),
    ]
    tiles = [_train_tile(run, int(row)) for row in group.train] + [_test_tile(run, int(row)) for row in group.test]
    more = len(tiles) - SHOWN
    remark = ", ".join([*remarks, *([f"{more} more"] if more > 0 else [])])
    title = f"✗ {same}" if group.contradicting else same
    name = f"{same}: " + ", ".join(tile.alt for tile in tiles[:SHOWN])
    return Section(name, tiles[:SHOWN], title, remark[:1].upper() + remark[1:] + "." if remark else "", tile=80)


def _train_tile(run: Run, row: int) -> Tile:
    tile = image_tiles.training_tile(run, row)
    return replace(tile, lines=(tile.lines[0], "training"))


def _test_tile(run: Run, row: int) -> Tile:
    tile = image_tiles.prediction_tile(run, row, pictured=True)
    return replace(tile, lines=(tile.lines[0], "test"))
