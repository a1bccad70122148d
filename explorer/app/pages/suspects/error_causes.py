"""The error causes view of the Suspects page: group influence of training images on the test images of a confusion cell."""

from dataclasses import dataclass, replace

import numpy as np

from explorer.app import backend, screen_text, urls
from explorer.app.components.as_table.as_table import as_table
from explorer.app.components.blocks.blocks import Block, doors, draw, heading, menus, pager, small, text
from explorer.app.components.gallery.gallery import Section, Tile, gallery
from explorer.app.components.image_marks.image_marks import image_file, marked
from explorer.app.components.image_tiles import image_tiles
from explorer.app.components.search_field import found_images as found
from explorer.app.components.search_field.search_field import search_field
from explorer.core.errors import ExplorerError
from explorer.core.keyed_cache import keyed_cache
from explorer.evaluation.group_influence import SetInfluence, set_influence
from explorer.runs import selections
from explorer.runs.run import Run

# Training images a page: four rows at 1280 px; test images at the top: one row.
PAGE, TESTS = 48, 10
ORDERS = {"total": "the largest total", "consensus": "harm to the most images"}


# Confusion cells that can be chosen above their causes: two rows of links at 1280 px.
CELLS = 12


@dataclass(frozen=True, eq=False)
class ChosenTests:
    """The test images whose losses are explained together.

    Attributes:
        rows: test rows ``(m,)``, the highest loss first.
        description: what they have in common, as in ``18 images labelled cat that are called dog``.
    """

    rows: np.ndarray
    description: str


def draw_error_causes(run: Run) -> None:
    """Draw the causes of a confusion cell's errors, below the links to all cells; with a selection, of its test images."""
    cells = confusion_counts(run)
    if not cells and not urls.param("selection"):
        draw("cells", text("No test image is misclassified: there is nothing to debug here."))
        return
    first = next(iter(cells), ("", ""))
    label, predicted = urls.param("label") or first[0], urls.param("predicted") or first[1]
    if not urls.param("selection"):
        draw(
            "cells",
            text("Wrong predictions, the most frequent first; click one to see who caused it."),
            doors(*_cell_links(cells)),
        )
    draw_group_influence(run, label, predicted)


def confusion_counts(run: Run) -> dict[tuple[str, str], int]:
    """Count the errors of each confusion cell ``(label, predicted)``, the most frequent first."""
    wrong = np.flatnonzero(run.predicted != run.test_labels)
    pairs, counts = np.unique(np.stack([run.test_labels[wrong], run.predicted[wrong]]), axis=1, return_counts=True)
    names, order = run.class_names, np.argsort(-counts, kind="stable")
    return {(names[pairs[0, at]], names[pairs[1, at]]): int(counts[at]) for at in order}


def _cell_links(cells: dict[tuple[str, str], int]) -> list[tuple[str, str]]:
    return [
        (
            f"{label} → {predicted}: {count:,}",
            urls.address("suspects", **urls.query_state(view="cell", label=label, predicted=predicted)),
        )
        for (label, predicted), count in list(cells.items())[:CELLS]
    ]


def draw_group_influence(run: Run, label: str, predicted: str) -> None:
    """Draw the training images that harm the test images of a confusion cell or of the selection in the address.

    Raises:
        ExplorerError: the run has no such class, the selection is not of this run, or there is no test image.
    """
    key = urls.param("selection") or ""
    tests, order = chosen_tests(run, label, predicted, key), urls.param_menu("by", "Sort by", ORDERS, "total")
    state = {"view": "cell", "selection": key} if key else {"view": "cell", "label": label, "predicted": predicted}
    influence = _influence(run.id, label, predicted, key)
    wanted, ranked = found.found_images(run), influence.ranked(order.value)
    ranked = ranked if wanted is None else ranked[np.isin(ranked, wanted)]
    at, pages = urls.page_param(len(ranked), PAGE)
    shown = ranked[PAGE * (at - 1) : PAGE * at]
    draw(
        "culprits",
        heading(f"Which training images caused this? {tests.description}"),
        *test_images(run, tests),
        menus(order),
        search_field("Search the training images", found.HINT),
        text(consensus_sentence(influence, tests) if order.value == "consensus" else total_sentence(influence, tests)),
        gallery(harmful_section(run, influence, shown)) if wanted is None or len(shown) else text(found.NOTHING),
        *pager(
            lambda to: urls.address(
                "suspects", **urls.query_state(**state, by=order.value, find=urls.param("find"), page=to)
            ),
            at,
            pages,
        ),
        doors(*next_links(run, shown, label, predicted, key)),
        as_table("these training images", "error-causes", *influence_numbers(run, influence, shown)),
        small(reading_help(influence)),
    )


def test_images(run: Run, tests: ChosenTests) -> list[Block]:
    """Return the gallery of the explained test images, at most ``TESTS`` of them."""
    tiles = image_tiles.prediction_tiles(run, [int(row) for row in tests.rows[:TESTS]])
    more = [small(f"The {TESTS} of highest loss, of {len(tests.rows):,}.")] if len(tests.rows) > TESTS else []
    return [gallery(Section("Test images", tiles, tile=96)), *more]


def harmful_section(run: Run, influence: SetInfluence, rows: np.ndarray) -> Section:
    """Return the gallery section of training images ``rows`` that harm the test images."""
    title, meaning = (
        "▼ These training images harm them",
        "Without each of them, the test images together would lose less.",
    )
    tiles = marked(run, "train", [influence_tile(run, influence, int(row)) for row in rows])
    return Section("▼ harm them", tiles, title, meaning, empty="No training image harms them.", tile=112)


def chosen_tests(run: Run, label: str, predicted: str, key: str = "") -> ChosenTests:
    """Return the test images of a confusion cell; where ``key`` is given, those of that selection.

    Raises:
        ExplorerError: the run has no such class, the selection is not of this run, or there is no test image.
    """
    if key:
        rows = selections.of_run(key, run).test
        description = screen_text.counted(len(rows), "chosen test image")
    else:
        own, other = run.class_index(label), run.class_index(predicted)
        rows = np.flatnonzero((run.test_labels == own) & (run.predicted == other))
        are = f"called {predicted}" if own != other else "right"
        description = (
            f"{screen_text.counted(len(rows), 'image')} labelled {label} that {'is' if len(rows) == 1 else 'are'} {are}"
        )
    if not len(rows):
        raise ExplorerError(f"There are {description}: nothing to explain here; choose another cell on the overview.")
    order = np.argsort(-run.test_losses[rows], kind="stable")
    return ChosenTests(rows[order], description)


@keyed_cache(64)
def _influence(run_id: str, label: str, predicted: str, key: str) -> SetInfluence:
    run = backend.warm_run(run_id)
    return set_influence(run.scorer(run.default_method), run.tests_of(chosen_tests(run, label, predicted, key).rows))


def consensus_sentence(influence: SetInfluence, tests: ChosenTests) -> str:
    """Return the strongest consensus among the test images: ``One training image harms 14 of the 18 images labelled cat that are called dog``."""
    harmed = influence.harmed[influence.total < 0]
    most = int(harmed.max(initial=0))
    if most < 2:
        return (
            "No training image is among the most harmful of more than one of them: each mistake has causes of its own."
        )
    count = int((harmed == most).sum())
    who = "One training image harms" if count == 1 else f"{count:,} training images harm"
    return f"{who} {most:,} of the {tests.description}; no other harms more. Click an image to see what else it does."


def total_sentence(influence: SetInfluence, tests: ChosenTests) -> str:
    """Return what the training image with the largest total does: by how much all the losses would fall without it."""
    first = int(influence.total.argmin())
    if influence.total[first] >= 0:
        return "No training image harms them together: without any of them their losses would rise."
    gain = screen_text.number(-float(influence.total[first]))
    harmed = int(influence.harmed[first])
    return (
        f"First comes training image {first}: without it, the losses of the {tests.description} would fall by {gain} nats "
        f"together, more than without any other. It is among the most harmful of {harmed:,} of them. Click an image to see "
        "what else it does."
    )


def reading_help(influence: SetInfluence) -> str:
    """Return how to read the totals and counts, with the count expected by chance."""
    chance = influence.tests * influence.leading / len(influence.total)
    return (
        "The total adds up the scores of a training image over all these test images, in nats; ▼ means that their losses would "
        f"fall without it. An image harms a test image if it is among the {influence.leading:,} training images that harm it most; "
        f"by chance that would be so for {chance:.1f} of the {influence.tests:,}."
    )


def influence_tile(run: Run, influence: SetInfluence, row: int) -> Tile:
    """Return the tile of a training image: its total score (nats) and how many of the test images it harms."""
    label, total = run.class_names[run.train_labels[row]], screen_text.signed(float(influence.total[row]))
    harms = (f"harms {influence.harmed[row]:,} of the {influence.tests:,}",) if influence.harmed[row] else ()
    alt = ", ".join([f"harmful training image {row}, labelled {label}, total {total[2:]}", *harms])
    return replace(image_tiles.training_tile(run, row, alt=alt, lines=(label, total, *harms)), sign="harmful")


def influence_numbers(run: Run, influence: SetInfluence, rows: np.ndarray) -> tuple[list[str], list[list[object]]]:
    """Return columns and rows of a table of training images: total score and how many of the test images each harms."""
    columns = ["training image", "file", "label", "total (nats)", f"harms, of {influence.tests:,}"]
    return columns, [
        [
            int(row),
            image_file(run, "train", int(row)),
            run.class_names[run.train_labels[row]],
            float(influence.total[row]),
            int(influence.harmed[row]),
        ]
        for row in rows
    ]


def next_links(run: Run, shown: np.ndarray, label: str, predicted: str, key: str) -> list[tuple[str, str]]:
    """Return the links below the gallery: refit without the images shown, review them, see the cell's predictions."""
    links = []
    if len(shown):
        together = selections.save(run.id, "train", shown)
        label_ = f"Leave these {len(shown)} out and refit"
        links.append((label_, urls.address("suspects", **urls.query_state(view="groups", selection=together))))
        links.append(("Review these", urls.address("suspects", **urls.query_state(selection=together))))
    if not key:
        links.append(
            (
                "See the cell",
                urls.address("predictions", **urls.query_state(label=label, predicted=predicted, show="all")),
            )
        )
    return links
