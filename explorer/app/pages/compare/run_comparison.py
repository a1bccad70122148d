"""The comparison of two runs: accuracy of each class with intervals, and the predictions that were fixed or broken."""

from collections.abc import Callable, Iterable

import streamlit as st

from explorer.app import backend, screen_text, urls
from explorer.app.components.accuracy_change.accuracy_change import accuracy_sentence, points_interval
from explorer.app.components.as_table.as_table import as_table
from explorer.app.components.blocks import blocks
from explorer.app.components.blocks.blocks import Block, Menu, doors, draw, menus, pager, text
from explorer.app.components.data_table.data_table import draw_table
from explorer.app.components.gallery.gallery import Section, Tile, gallery
from explorer.app.components.image_marks.image_marks import image_file, marked
from explorer.app.components.search_field.found_images import FEW, HINT
from explorer.app.components.search_field.search_field import search_field, search_words
from explorer.app.server import inline_thumbnail, thumbnail_url
from explorer.evaluation.comparison import Interval
from explorer.runs import prediction_filter, store
from explorer.runs.results.comparison import Comparison, compare_runs, debugged
from explorer.runs.run import Run

SUBJECTS = {"methods": "two methods", "runs": "two runs"}
QUESTION = "What changed from one run to the other, and for whom?"
ONLY_ONE_RUN = (
    "There is only one run so far. Edit some labels and refit on Retrain, or build another run on Data and models; "
    "then compare it with this one."
)
INTERVALS_EXPLAINED = (
    f"In brackets: {screen_text.percent(0.95, 0)} intervals. With other test images like these, the true figure would lie in such a range 95 times in "
    "100. That both runs were asked about the same test images is taken into account."
)
# Test images with kept trials of all who work on this machine: what one browser looked at is not kept.
TRIED = "Put to the test on this machine"
TRIED_EXPLAINED = "Somebody left training images out for these and refitted, the latest first; one that the address names comes before them."
# Pictures of each kind where both stand beside one another, and a page of one kind; three and six rows at 1280 px.
SHOWN, PAGE = 36, 96
KINDS = {"all": "fixed and broken ones", "fixed": "fixed ones", "broken": "broken ones"}
ORDERS = {
    "change": "the largest change",
    "class": "the first label",
    "number": "the smallest number",
    "file": "the first file name",
}
NONE_FITS = "None of them fits what you search for."


def subject_menu() -> Menu:
    """Return the menu between comparing two methods and comparing two runs."""
    return urls.param_menu("what", "Compare", SUBJECTS, "methods")


def draw_run_comparison() -> None:
    """Draw the comparison of the two runs in the address; without them, of the open run and a related one."""
    options = _options()
    top = blocks.head("Compare", QUESTION, _notices())
    if len(options) < 2:
        draw("top", top, menus(subject_menu()), text(ONLY_ONE_RUN))
        return
    first, second = _defaults(list(options))
    chosen = _menu("before", "Before", options, first), _menu("after", "After", options, second)
    which = urls.param_menu("which", "Predictions shown", KINDS, "all")
    draw("top", top, menus(subject_menu(), *chosen, which))
    before, after = (backend.run(menu.value) for menu in chosen)
    comparison = compare_runs(before, after)
    draw("words", *(text(accuracy_sentence(name, change)) for name, change in comparison.classes.items()))
    draw_table("Accuracy of each class before and after", accuracy_rows(comparison))
    st.caption(INTERVALS_EXPLAINED)
    draw("galleries", *comparison_galleries(comparison, before, after, which.value))
    numbers = changed_numbers(comparison, before, after)
    draw("numbers", as_table("Fixed and broken predictions", "fixed-and-broken", *numbers))


def accuracy_rows(comparison: Comparison) -> list[dict[str, str]]:
    """Return the rows of the accuracy table: one for each class and one for all."""
    rows = comparison.classes | ({"all": comparison.overall} if len(comparison.classes) > 1 else {})
    return [
        {
            "class": name,
            "test images": f"{change.of:,}",
            "right before": _share(change.before),
            "right after": _share(change.after),
            "difference in points": points_interval(change.difference),
            "fixed": f"{change.fixed:,}",
            "broken": f"{change.broken:,}",
        }
        for name, change in rows.items()
    ]


def comparison_galleries(comparison: Comparison, before: Run, after: Run, which: str = "all") -> list[Block]:
    """Return the galleries of test images with trials, of fixed and of broken predictions; ``which`` is a key of ``KINDS``."""
    requested = urls.int_param("test")
    ids = [before.id, after.id, *(run.manifest.base for run in (before, after) if run.manifest.base)]
    first = [before.check_test(requested)] if requested is not None else []
    traced = list(dict.fromkeys([*first, *debugged(ids)]))
    kinds = {"fixed": comparison.fixed, "broken": comparison.broken}
    if which != "all":
        return _one_kind(which, kinds[which], before, after)
    tried = [_section(TRIED, traced[:SHOWN], TRIED_EXPLAINED, before, after)] if traced else []
    both = [_kind_section(kind, list(rows), list(rows)[:SHOWN], before, after) for kind, rows in kinds.items()]
    more = [
        (f"See all {len(rows):,} {KINDS[kind]}", urls.changed_address("compare", which=kind, page=""))
        for kind, rows in kinds.items()
        if len(rows) > SHOWN
    ]
    return [*([gallery(*tried)] if tried else []), gallery(*both), *([doors(*more)] if more else [])]


def changed_numbers(comparison: Comparison, before: Run, after: Run) -> tuple[list[str], list[list[object]]]:
    """Return the columns and rows of a table of all fixed and broken predictions: the largest change of each kind first."""
    columns = [
        "change",
        "test image",
        "file",
        "label",
        "says before",
        "says after",
        "P(label) before",
        "P(label) after",
    ]
    kinds = (("fixed", comparison.fixed), ("broken", comparison.broken))
    return columns, [[kind, *_numbers(int(row), before, after)] for kind, rows in kinds for row in rows]


def _numbers(row: int, before: Run, after: Run) -> list[object]:
    label = int(before.test_labels[row])
    said = [run.class_names[int(run.predicted[row])] for run in (before, after)]
    shares = [float(run.test_probabilities[row, label]) for run in (before, after)]
    return [row, image_file(before, "test", row), before.class_names[label], *said, *shares]


def _one_kind(kind: str, every: Iterable[int], before: Run, after: Run) -> list[Block]:
    """Return all predictions of one kind: sorted, searched, page by page."""
    listed, sort = [int(row) for row in every], urls.param_menu("sort", "Sort by", ORDERS, "change")
    rows = in_order(before, listed, sort.value)
    words = search_words()
    if words:
        fits = prediction_filter.found(before, words)
        rows = [row for row in rows if fits[row]]
    at, pages = urls.page_param(len(rows), PAGE)
    controls = [menus(sort, low=True), search_field("Search them", HINT)] if len(listed) > FEW else []
    section = _kind_section(kind, listed, rows[PAGE * (at - 1) : PAGE * at], before, after)
    return [
        *controls,
        gallery(section),
        *pager(lambda to: urls.changed_address("compare", page=to), at, pages),
    ]


def in_order(run: Run, rows: list[int], order: str) -> list[int]:
    """Return test rows in an order, a key of ``ORDERS``; they come by the size of the change."""
    keys: dict[str, Callable[[int], int | str]] = {
        "class": lambda row: int(run.test_labels[row]),
        "number": lambda row: row,
        "file": lambda row: image_file(run, "test", row),
    }
    return sorted(rows, key=keys[order]) if order in keys else rows


def _kind_section(kind: str, every: list[int], shown: list[int], before: Run, after: Run) -> Section:
    """Return the section of fixed or broken predictions; ``shown`` are those of all that stand here."""
    sign, meaning = {"fixed": ("✓", "Wrong before, right after"), "broken": ("✗", "Right before, wrong after")}[kind]
    title = f"{sign} {screen_text.counted(len(every), 'prediction')} {kind}"
    part = f"; {len(shown):,} of them stand here" if 0 < len(shown) < len(every) else ""
    return _section(title, shown, f"{meaning}{part}.", before, after, NONE_FITS if every else "None.")


def _section(title: str, rows: list[int], meaning: str, before: Run, after: Run, empty: str = "None.") -> Section:
    name = urls.name_of(after.id)
    tiles = marked(before, "test", [_tile(before, after, int(row), name) for row in rows])
    return Section(title, tiles, title, meaning, empty=empty, tile=112)


def _tile(before: Run, after: Run, row: int, name: str) -> Tile:
    label = int(before.test_labels[row])
    then, now = (_verdict(run, row) for run in (before, after))
    own = before.class_names[label]
    shares = screen_text.change(own, *(float(run.test_probabilities[row, label]) for run in (before, after)))
    alt = f"test image {row}, labelled {own}, before: {then}, after: {now}"
    href = urls.address("explain", **urls.query_state(run=name, test=row, target=""))
    shown = inline_thumbnail(before.id, "test", row)
    return Tile(
        str(row), thumbnail_url(before.id, "test", row), alt, (own, f"{then} → {now}", shares), href, inline=shown
    )


def _verdict(run: Run, row: int) -> str:
    predicted = int(run.predicted[row])
    return f"{'✓' if predicted == run.test_labels[row] else '✗'} {run.class_names[predicted]}"


def _options() -> dict[str, str]:
    """Return the options of the menus, id → label: all named runs, and those in the address.

    Ids, because a name may mean a later build when the address is opened again.
    """
    names: dict[str, str] = {}
    for name in urls.run_names():
        names.setdefault(backend.runs()[name], name)
    params = [urls.param(name) for name in ("before", "after")]
    requested = [store.resolve(name) for name in params if name]
    return {run_id: _run_label(names.get(run_id, run_id), run_id) for run_id in [*names, *requested, urls.run_id()]}


def _menu(name: str, label: str, options: dict[str, str], default: str) -> Menu:
    given = urls.param(name)
    return Menu(name, label, options, store.resolve(given) if given else default)


def _defaults(ids: list[str]) -> tuple[str, str]:
    """Return the default pair (before, after): the base run and the edited one where there is one, else two of the same data."""
    now, manifests = urls.run_id(), {run_id: backend.manifest(run_id) for run_id in ids}
    base, data = manifests[now].base, manifests[now].dataset
    if base in ids:
        return base, now
    others = [run_id for run_id in ids if run_id != now]
    return now, min(others, key=lambda other: (manifests[other].base != now, manifests[other].dataset != data))


def _notices() -> list[str]:
    notice = backend.manifest(urls.run_id()).notice
    return [notice] if notice else []


def _run_label(name: str, run_id: str) -> str:
    manifest = backend.manifest(run_id)
    edited = f", {screen_text.counted(len(manifest.edits), 'change')}" if manifest.base else ""
    return f"{name} ({screen_text.percent(manifest.accuracy)} right{edited})"


def _share(figure: Interval) -> str:
    return (
        f"{screen_text.percent(figure.value)} ({screen_text.percent(figure.low)} to {screen_text.percent(figure.high)})"
    )
