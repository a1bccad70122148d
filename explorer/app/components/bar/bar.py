"""The bar above every page: six doors in the order of the work, the pages behind the open one, and the case in hand."""

from contextlib import suppress
from typing import Literal, TypedDict
from urllib.parse import urlencode

from explorer.app import backend, screen_text, urls, whole_network
from explorer.app.components.blocks.blocks import Link, Tab
from explorer.app.components.current_case.current_case import Case, current_case, neighbours
from explorer.app.components.methods.methods import method_title
from explorer.app.components.methods.whole_methods import NETWORK, WHOLE_METHODS
from explorer.app.server import FIRST, inline_thumbnail, thumbnail_url
from explorer.core.errors import ExplorerError
from explorer.lesson.scenarios import ARTICLE
from explorer.runs.edits import refit
from explorer.runs.run import Run

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
# The lesson and the game have keys of their own, and images of their own.
OWN_KEYS = ("learn",)
# Steps of the lesson that tell the story of a run of their own.
STORY_STEPS = ("", "1", "7")
A_GAME = "This page: a game with pictures of its own"


class CasePart(TypedDict):
    """What else determines the case: the words, the link to where it is changed, and the menu there that changes it, if any."""

    label: str
    href: str
    title: str
    menu: str


class CaseStrip(TypedDict):
    """The case in hand; without one, which only Learn is, ``words`` are empty and there is nothing but work to show.

    ``about`` names the run of a page that is about another one. ``parts`` are method, class attributed to and changes in force,
    where they are not as usual. ``position`` says which of the wrong predictions of its class the case is, empty where it is
    right. ``prove`` leads to a refit without the training image that argues most against the class attributed to.
    """

    about: str
    picture: str
    alt: str
    words: str
    run: str
    href: str
    parts: list[CasePart]
    position: str
    prove: Link | None
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
    if page == "learn":
        return _strip_on_learn(case)
    run, test = case.run, case.test
    label = run.class_names[run.test_labels[test]]
    before, after, position = neighbours(run, test)
    return _bare_strip(case, page) | {
        "words": _words(case),
        "parts": _parts(case),
        "position": position,
        "prove": {
            "label": "Prove it",
            "href": urls.address("explain", **case.state(), prove=STRONGEST, proved=str(test)),
        },
        "previous": _move(page, case, f"Previous wrong {label}", before),
        "next": _move(page, case, f"Next wrong {label}", after),
    }


def _words(case: Case) -> str:
    """Return the image's label and what is said of it, by the network itself where a method of the whole network is in hand."""
    run, test = case.run, case.test
    own = whole_network.own_shares(run, test) if case.method in WHOLE_METHODS else None
    shares, who = (run.test_probabilities[test], "") if own is None else (own, f"{NETWORK} ")
    label, predicted = run.class_names[run.test_labels[test]], run.class_names[int(shares.argmax())]
    sure = screen_text.probability(float(shares.max()))
    return f"{label} {test} · {who}says {predicted} {sure} {'✓' if label == predicted else '✗'}"


def _bare_strip(case: Case, page: str) -> CaseStrip:
    """Return the case's picture, run and link, without words."""
    run, test = case.run, case.test
    return {
        "about": "",
        "picture": inline_thumbnail(run.id, "test", test) or thumbnail_url(run.id, "test", test),
        "alt": f"test image {test}, labelled {run.class_names[run.test_labels[test]]}",
        "words": "",
        "run": urls.title_of(run.id),
        "href": urls.address("explain", **case.state()),
        "parts": [],
        "position": "",
        "prove": None,
        "previous": None,
        "next": None,
        "keys": page not in OWN_KEYS,
    }


def _strip_on_learn(case: Case) -> CaseStrip:
    """Return the way back to the case, where a person came with one, and what the page is about instead."""
    strip, about = _bare_strip(case, "learn"), _about_on_learn()
    label = case.run.class_names[case.run.test_labels[case.test]]
    back = f"Back to {label} {case.test}" if urls.param(urls.HAND) else ""
    return strip | {"words": back, "about": about if about != f"This page: run {strip['run']}" or not back else ""}


def _about_on_learn() -> str:
    """Return whose images a page of Learn shows; nothing where it shows none, or those that it names itself."""
    if any(map(urls.param, (*urls.GAMES, "room"))):
        return A_GAME
    story = (urls.param("view") or "lesson") == "lesson" and (urls.param("step") or "") in STORY_STEPS
    run = urls.param("run") or (ARTICLE.name if story and ARTICLE.name in backend.runs() else "")
    return f"This page: run {urls.title_of(backend.runs().get(run, run))}" if run else ""


def _parts(case: Case) -> list[CasePart]:
    """Return method, class attributed to and changes in force, where they are not as usual."""
    run, explain, found = case.run, urls.address("explain", **case.state()), list[CasePart]()
    if case.method not in ("", run.default_method):
        title = "The method that scores training images; it is changed on Explain"
        found.append({"label": f"by {method_title(case.method)}", "href": explain, "title": title, "menu": "method"})
    if case.target not in ("", run.class_names[run.test_labels[case.test]]):
        title = "The class whose probability is explained; it is changed on Explain"
        found.append({"label": f"about {case.target}", "href": explain, "title": title, "menu": "target"})
    if count := _changes(run):
        title = "Labels changed and images left out, of these data; they are changed on Retrain"
        label = screen_text.counted(count, "change")
        found.append({"label": label, "href": urls.address("retrain", **case.state()), "title": title, "menu": ""})
    return found


def _changes(run: Run) -> int:
    """Return how many training images the changes in force alter; 0 where the unedited run is gone or damaged."""
    with suppress(ExplorerError, OSError):
        return len(refit.run_changes(backend.run(run.manifest.base or run.id)))
    return 0


def _move(page: str, case: Case, label: str, test: int | None) -> Link | None:
    """Return the link to the same page with another test image; Training image goes on to the strongest one against that."""
    if test is None:
        return None
    moved = case.state() | {"test": str(test), "target": "", "case": "", "train": ""}
    return {"label": label, "href": urls.changed_address(page.replace(FIRST, ""), **moved)}
