"""The state of a page lives in its address: parameters such as run, test image and method, and links that carry them."""

import re
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl, urlencode

import streamlit as st

from explorer.app import backend, screen_text
from explorer.app.components.blocks.blocks import Menu
from explorer.core.errors import ExplorerError, unknown
from explorer.game import game
from explorer.runs import store
from explorer.runs.edits import edit_scope
from explorer.runs.manifest import Manifest

PAGES: dict[str, Any] = {}
# What a person works on beside the run; every link within the program carries it.
CASE = ("test", "method", "target")
# In the addresses of Learn, whose lessons and games have runs and images of their own: the whole case, as a query string.
HAND = "hand"
# A test image in an address with one of these belongs to a game.
GAMES = ("game", "planted")
LONGEST = 1000  # characters of a case in an address
# What a parameter of an address asks for, where its own name says nothing to a person.
ASKED = {
    "prove": "choice of images to leave out",
    "flip": "way to flip a prediction",
    "view": "tab on this page",
    "target": "class",
    "name": "experiment",
    "what": "comparison",
    "which": "choice of predictions",
    "picture": "picture of your own",
}
LARGE = "large"  # the picture that is shown large


def address(page: str, /, **state: object) -> str:
    """Return the link to a page with these parameters; empty ones are left out."""
    return f"/{page}?" + urlencode({key: value for key, value in state.items() if value not in (None, "")})


def param(name: str) -> str | None:
    """Return a parameter of the address, or None where it is absent or empty."""
    return st.query_params.get(name) or None


def case_param(name: str) -> str | None:
    """Return a parameter of the case, or None where the address leaves it out."""
    if hand := param(HAND):
        return dict(parse_qsl(hand[:LONGEST])).get(name)
    return None if any(map(param, GAMES)) else param(name)


def changed_address(page: str, /, **changes: object) -> str:
    """Return the link to a page with the parameters of the present address and these changes; empty ones are removed.

    A picture that is shown large, which the browser writes into the address, stays behind.
    """
    return address(page, **(st.query_params.to_dict() | {LARGE: ""} | changes))


def int_param(name: str) -> int | None:
    """Return a parameter of the address as a whole number, or None where it is absent.

    Raises:
        ExplorerError: it is no number.
    """
    value = param(name)
    return None if value is None else parse_whole_number(f"{name} in the address", value)


def parse_whole_number(what: str, text: str) -> int:
    """Return a text as a whole number below a billion; ``what`` names it in the error.

    Raises:
        ExplorerError: it is no such number.
    """
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise ExplorerError(f"The {what} is {text[:40]!r}; it must be a whole number from 0 to 999999999.")
    return int(text)


def page_param(count: int, size: int) -> tuple[int, int]:
    """Return which page of a list the address names, from 1, and how many pages of ``size`` items there are.

    A number beyond the last page means the last.

    Raises:
        ExplorerError: the parameter is no number.
    """
    pages = max(1, -(-count // size))
    return max(1, min(int_param("page") or 1, pages)), pages


def choice_param(name: str, allowed: Sequence[str], default: str) -> str:
    """Return a parameter of the address that must be one of ``allowed``; ``default`` where it is absent.

    Raises:
        ExplorerError: it is another.
    """
    value = param(name) or default
    if value not in allowed:
        raise unknown(ASKED.get(name, name), value[:40], list(allowed))
    return value


def run_name(given: str | None = None) -> str:
    """Return the run ``given`` by name or id, by default as the address does; else the one called ``default``, else the latest.

    Raises:
        ExplorerError: there is no such run.
    """
    runs = backend.runs()
    if not runs:
        raise ExplorerError("There is no run yet. Build one: python -m explorer build")
    name = given or param("run") or ("default" if "default" in runs else next(iter(runs)))
    if name not in runs and name not in runs.values():
        _check_id(name[:64])
    return name


def _check_id(name: str) -> None:
    """Raise where a name is no run's id, with the runs that a menu offers: an id may be of a run whose name means a later build now."""
    try:
        store.resolve(name)
    except ExplorerError as error:
        raise unknown("run", name, sorted(run_names())) from error


def run_names(current: str = "") -> list[str]:
    """Return the names of the runs that a menu offers: all but those of games and of other browsers; ``current`` always."""
    hidden = (name for name in backend.runs() if name.startswith(game.PREFIX) or edit_scope.is_foreign(name))
    left_out = {*hidden} - {current}
    return [name for name in backend.runs() if name not in left_out]


def run_id() -> str:
    """Return the id of the run that the address names."""
    name = run_name()
    return backend.runs().get(name, name)


def name_of(run_id: str) -> str:
    """Return a name of this run, or its id where it has none; names that belong to other browsers do not count."""
    names = (name for name, other in backend.runs().items() if other == run_id and not edit_scope.is_foreign(name))
    return next(names, run_id)


def title_of(run_id: str) -> str:
    """Return what a screen calls this run: a name, else what it was made of and when."""
    name = name_of(run_id)
    with suppress(ExplorerError, OSError):
        return name if name != run_id else _made_of(backend.manifest(run_id))
    return name


def _made_of(manifest: Manifest) -> str:
    """Return what a run without a name was made of: "default with 23 changes, 11:17"."""
    made = time.localtime((store.run_folder(manifest.run_id) / "manifest.json").stat().st_mtime)
    today = made[:3] == time.localtime()[:3]
    when = time.strftime("%H:%M" if today else "%Y-%m-%d %H:%M", made)
    changes = f" with {screen_text.counted(len(manifest.edits), 'change')}" if manifest.edits else ""
    base = name_of(manifest.base) if manifest.base else ""
    what = base if base != (manifest.base or "") else f"{manifest.title or manifest.dataset}, {manifest.backbone}"
    return f"{what}{changes}, {when}"


def param_menu(name: str, label: str, options: Mapping[str, str] | Sequence[str], default: str, note: str = "") -> Menu:
    """Return a menu whose value is a parameter of the address.

    Raises:
        ExplorerError: the parameter is none of the options.
    """
    words = options if isinstance(options, Mapping) else {option: option for option in options}
    return Menu(name, label, words, choice_param(name, list(words), default), note)


def run_state() -> dict[str, str]:
    """Return the parameter of an address for the run in hand; nothing where there is none."""
    with suppress(ExplorerError):
        return {"run": run_name(case_param("run"))}
    return {}


def query_state(**state: object) -> dict[str, str]:
    """Return the parameters of an address for the case in hand, with these; empty ones are left out."""
    parameters = {**run_state(), **{name: case_param(name) for name in CASE}, **state}
    return {key: str(value) for key, value in parameters.items() if value not in (None, "")}


def state_for_learn() -> dict[str, str]:
    """Return the parameters of an address that leads to Learn with the case in hand."""
    return {HAND: urlencode(query_state())}


def learn_state(**state: object) -> dict[str, object]:
    """Return the parameters of an address within Learn: the run that it is about, the case in hand, and these."""
    return {"run": param("run"), HAND: param(HAND), **state}
