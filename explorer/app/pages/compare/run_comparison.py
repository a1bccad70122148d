"""Two runs side by side: accuracy of each class with intervals, and the test images whose predictions changed sides."""

from collections.abc import Iterable

import streamlit as st

from explorer.app import backend, screen_text, urls
from explorer.app.components.accuracy_change.accuracy_change import accuracy_sentence, points_interval
from explorer.app.components.blocks import blocks
from explorer.app.components.blocks.blocks import Block, Menu, draw, menus, text
from explorer.app.components.data_table.data_table import draw_table
from explorer.app.components.gallery.gallery import Section, Tile, gallery
from explorer.app.server import inline_thumbnail, thumbnail_url
from explorer.evaluation.comparison import Interval
from explorer.runs import store
from explorer.runs.results.comparison import Comparison, compare_runs, debugged
from explorer.runs.run import Run

WHAT = {"methods": "two methods", "runs": "two runs"}
QUESTION = "What changed from one run to the other, and for whom?"
ALONE = (
    "There is only one run so far. Edit some labels and refit on Retrain, or build another run on Data and models; "
    "then compare it with this one."
)
EXPLAINED = (
    "In brackets: 95 % intervals. Wilson's for each share; Newcombe's for pairs (1998) for the difference, since both runs "
    "were asked about the same test images."
)
# Pictures of each kind; three rows at 1280 px.
SHOWN = 36


def what_menu() -> Menu:
    """Return the choice between comparing methods and comparing runs."""
    return urls.param_menu("what", "Compare", WHAT, "methods")


def two_runs() -> None:
    """Draw the comparison of the two runs that the address asks for."""
    options = _options()
    top = blocks.head("Compare", QUESTION, _notices())
    if len(options) < 2:
        draw("top", top, menus(what_menu()), text(ALONE))
        return
    first, second = _defaults(list(options))
    chosen = _menu("before", "Before", options, first), _menu("after", "After", options, second)
    draw("top", top, menus(what_menu(), *chosen))
    before, after = (backend.run(menu.value) for menu in chosen)
    found = compare_runs(before, after)
    draw("words", *(text(accuracy_sentence(name, change)) for name, change in found.classes.items()))
    draw_table("Accuracy of each class before and after", accuracy_rows(found))
    st.caption(EXPLAINED)
    draw("galleries", *galleries(found, before, after))


def accuracy_rows(found: Comparison) -> list[dict[str, str]]:
    """Return a row for each class and one for all."""
    rows = found.classes | ({"all": found.overall} if len(found.classes) > 1 else {})
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


def galleries(found: Comparison, before: Run, after: Run) -> list[Block]:
    """Return the test images that were being debugged, then those that were fixed and broken."""
    asked = urls.int_param("test")
    ids = [before.id, after.id, *(run.manifest.base for run in (before, after) if run.manifest.base)]
    first = [before.check_test(asked)] if asked is not None else []
    traced = list(dict.fromkeys([*first, *debugged(ids)]))
    kinds = (
        ("You were debugging these", traced, "Their trials are kept, or the address names them; the latest first."),
        (
            f"✓ {screen_text.counted(len(found.fixed), 'prediction')} fixed",
            found.fixed,
            "Wrong before, right after; the largest change first.",
        ),
        (
            f"✗ {screen_text.counted(len(found.broken), 'prediction')} broken",
            found.broken,
            "Right before, wrong after; the largest change first.",
        ),
    )
    sections = [_section(title, rows, means, before, after) for title, rows, means in kinds]
    return [*([gallery(sections[0])] if traced else []), gallery(*sections[1:])]


def _section(title: str, rows: Iterable[int], means: str, before: Run, after: Run) -> Section:
    found = list(rows)
    more = f" These are the first {SHOWN}." if len(found) > SHOWN else ""
    name = urls.name_of(after.id)
    tiles = [_tile(before, after, int(row), name) for row in found[:SHOWN]]
    return Section(title, tiles, title, means + more, empty="None.", tile=112)


def _tile(before: Run, after: Run, row: int, name: str) -> Tile:
    label = int(before.test_labels[row])
    then, now = (_says(run, row) for run in (before, after))
    own = before.class_names[label]
    shares = screen_text.change(own, *(float(run.test_probabilities[row, label]) for run in (before, after)))
    alt = f"test image {row}, labelled {own}, before: {then}, after: {now}"
    href = urls.address("explain", run=name, test=row)
    shown = inline_thumbnail(before.id, "test", row)
    return Tile(
        str(row), thumbnail_url(before.id, "test", row), alt, (own, f"{then} → {now}", shares), href, inline=shown
    )


def _says(run: Run, row: int) -> str:
    said = int(run.predicted[row])
    return f"{'✓' if said == run.test_labels[row] else '✗'} {run.class_names[said]}"


def _options() -> dict[str, str]:
    """Return the ids of all runs with a name, and of those that the address asks for, with what a person reads of them.

    Ids, because a name may mean a later build when the address is opened again.
    """
    found: dict[str, str] = {}
    for name in urls.run_names():
        found.setdefault(backend.runs()[name], name)
    given = [urls.param(name) for name in ("before", "after")]
    asked = [store.resolve(name) for name in given if name]
    return {run_id: _words(found.get(run_id, run_id), run_id) for run_id in [*found, *asked, urls.run_id()]}


def _menu(name: str, label: str, options: dict[str, str], default: str) -> Menu:
    given = urls.param(name)
    return Menu(name, label, options, store.resolve(given) if given else default)


def _defaults(ids: list[str]) -> tuple[str, str]:
    """Return the unedited run and the edited one, as far as the run that is open tells; else two of the same data."""
    now, known = urls.run_id(), {run_id: backend.manifest(run_id) for run_id in ids}
    base, data = known[now].base, known[now].dataset
    if base in ids:
        return base, now
    others = [run_id for run_id in ids if run_id != now]
    return now, min(others, key=lambda other: (known[other].base != now, known[other].dataset != data))


def _notices() -> list[str]:
    notice = backend.manifest(urls.run_id()).notice
    return [notice] if notice else []


def _words(name: str, run_id: str) -> str:
    manifest = backend.manifest(run_id)
    edited = f", {screen_text.counted(len(manifest.edits), 'edit')}" if manifest.base else ""
    return f"{name} ({manifest.accuracy:.1%} right{edited})"


def _share(figure: Interval) -> str:
    return f"{figure.value:.1%} ({figure.low:.1%} to {figure.high:.1%})"
