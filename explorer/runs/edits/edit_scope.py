"""Whose edits are meant: everybody's together, or, where a server keeps people apart, one browser's own."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from ipaddress import ip_address

from explorer.core.errors import ExplorerError

# Work that a server starts in a process of its own learns from this whose edits it works with.
VARIABLE = "EXPLORER_EDITS_OF"
# Whether a server keeps people apart, against what its address suggests.
WISH, WISHES = "EXPLORER_EDITS", ("apart", "together")
OWNER = re.compile(r"[0-9a-f]{16}")
# So much of an owner stands in the name of a run: enough for a class, short enough to read.
SHOWN = 6
# The name of a run that was made from another: what it is, and whose, where people are kept apart.
MADE = re.compile(r"-(?:edited|scratch|repaired)(-[0-9a-f]{6})$")
# Letters of the other run's name that are kept: with the longest ending, ``-repaired-xxxxxx``, a name has at most 64.
KEPT = 48


def _of_process() -> str:
    return os.environ.get(VARIABLE, "")


_fixed: ContextVar[str | None] = ContextVar("fixed", default=None)
_asked: list[Callable[[], str]] = [_of_process]


def ask(who: Callable[[], str]) -> None:
    """Let a server say who is meant: 16 hexadecimal digits, or nothing for everybody."""
    _asked[:] = [who]


@contextmanager
def meant(who: str) -> Iterator[None]:
    """Mean one owner in this thread, whatever a server says; for what is computed when the page is drawn already."""
    before = _fixed.set(who)
    try:
        yield
    finally:
        _fixed.reset(before)


def owner() -> str:
    """Return who is meant now; nothing where everybody's edits are one."""
    fixed = _fixed.get()
    found = _asked[0]() if fixed is None else fixed
    return found if OWNER.fullmatch(found) else ""


def book(digest: str) -> str:
    """Return under which name the edits of a data set are kept."""
    found = owner()
    return f"{digest}@{found}" if found else digest


def suffix() -> str:
    """Return what keeps the names of people's edited runs apart."""
    found = owner()
    return f"-{found[:SHOWN]}" if found else ""


def made(name: str, what: str) -> str:
    """Return the name of a run that is made from another one: ``what`` is ``edited``, ``scratch`` or ``repaired``."""
    return f"{name[:KEPT]}-{what}{suffix()}"


def foreign(name: str) -> bool:
    """Return whether a name says that somebody else made the run; where edits are everybody's, none does."""
    found = MADE.search(name)
    return bool(owner() and found and found[1] != suffix())


def wish() -> str:
    """Return whether people are asked to be kept ``apart`` or ``together``; nothing where the address decides.

    Raises:
        ExplorerError: the variable says something else.
    """
    found = os.environ.get(WISH, "").strip()
    if found and found not in WISHES:
        message = f"{WISH} is {found[:40]!r}; it may be apart (each browser has edits of its own) or together (all share them)"
        raise ExplorerError(f"{message}, or unset to let the address decide.")
    return found


def alone(address: str | None) -> bool:
    """Return whether only this computer reaches what listens on an address."""
    try:
        return address == "localhost" or bool(address and ip_address(address).is_loopback)
    except ValueError:  # a name, which may mean any address
        return False


def environment() -> dict[str, str]:
    """Return the environment of a process that works for who is meant now."""
    return os.environ | {VARIABLE: owner()}
