"""The bar above every page: six doors in the order of the work, the pages behind the open one, and the case in hand."""

from contextlib import suppress
from typing import Literal, TypedDict
from urllib.parse import urlencode

from explorer.app import screen_text, urls
from explorer.app.components.blocks.blocks import Link, Tab
from explorer.app.components.current_case.current_case import Case, current_case, neighbours
from explorer.app.server import FIRST, inline_thumbnail, thumbnail_url
from explorer.core.errors import ExplorerError

# Door to the pages behind it; the first page of a door is where it leads. Pages are called as their scripts.
DOORS = {
    "Find": ("overview", "predictions", "map", "data"),
    "Explain": ("explain", "training_image"),
    "Prove": ("trust",),
    "Repair": ("suspects", "retrain"),
    "Check": ("compare",),
    "Learn": ("learn",),
}
# What a proof leaves out first: the strongest training image of those that argue against the class attributed to.
STRONGEST = "harmful-1"
# The review queue has keys of its own.
OWN_KEYS = ("suspects", "learn")


class CaseStrip(TypedDict):
    """The case in hand; ``position`` says which of the wrong predictions of its class it is, empty where it is right.

    ``prove`` leads to a refit without the training image that argues most against the class attributed to.
    """

    picture: str
    alt: str
    words: str
    run: str
    href: str
    position: str
    prove: Link
    previous: Link | None
    next: Link | None
    keys: bool


class BarBlock(TypedDict):
    """Doors, the pages behind the open one, and the case; None where there is no run. ``address`` is the page that it was drawn for."""

    kind: Literal["bar"]
    address: str
    doors: list[Tab]
    pages: list[Tab]
    case: CaseStrip | None


def bar(titles: dict[str, str], page: str) -> BarBlock:
    """Return the bar of an open page; every link carries the case.

    Args:
        titles: of all pages, by script.
        page: the script of the open one.
    """
    case = None
    with suppress(ExplorerError, OSError):  # the page says what is wrong with its address
        case = current_case()
    state = case.state() if case else urls.run_state()
    door = next(name for name, behind in DOORS.items() if page in behind)
    return {
        "kind": "bar",
        "address": urls.changed_address(page),
        "doors": [_tab(name, behind[0], state, name == door) for name, behind in DOORS.items()],
        "pages": [_tab(titles[each], each, state, each == page) for each in DOORS[door]],
        "case": _strip(case, page) if case else None,
    }


def _tab(label: str, page: str, state: dict[str, str], is_open: bool) -> Tab:
    carried = {urls.HAND: urlencode(state)} if page == "learn" and state else state
    return {"label": label, "href": urls.address(page.replace(FIRST, ""), **carried), "open": is_open}


def _strip(case: Case, page: str) -> CaseStrip:
    run, test = case.run, case.test
    label, predicted = run.class_names[run.test_labels[test]], run.class_names[run.predicted[test]]
    sure = screen_text.probability(float(run.test_probabilities[test].max()))
    before, after, position = neighbours(run, test)
    return {
        "picture": inline_thumbnail(run.id, "test", test) or thumbnail_url(run.id, "test", test),
        "alt": f"test image {test}, labelled {label}",
        "words": f"{label} {test} · says {predicted} {sure} {'✓' if label == predicted else '✗'}",
        "run": urls.name_of(run.id),
        "href": urls.address("explain", **case.state()),
        "position": position,
        "prove": {
            "label": "Prove it",
            "href": urls.address("explain", **case.state(), prove=STRONGEST, proved=str(test)),
        },
        "previous": _move(page, case, f"Previous wrong {label}", before),
        "next": _move(page, case, f"Next wrong {label}", after),
        "keys": page not in OWN_KEYS,
    }


def _move(page: str, case: Case, label: str, test: int | None) -> Link | None:
    """Return the link to the same page with another test image; a lesson or a game has images of its own."""
    if test is None:
        return None
    moved = case.state() | {"test": str(test), "target": "", "case": ""}
    href = (
        urls.address("explain", **moved) if page == "learn" else urls.changed_address(page.replace(FIRST, ""), **moved)
    )
    return {"label": label, "href": href}
