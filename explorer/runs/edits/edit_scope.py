"""Whose edits are read and written: one shared log, or, on a server that separates people, one log for each browser."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from ipaddress import ip_address

from explorer.core.errors import ExplorerError

# Passes the owner on to the processes that a server starts.
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
_resolver: list[Callable[[], str]] = [_of_process]


def set_resolver(who: Callable[[], str]) -> None:
    """Set the function that returns the current owner: 16 hexadecimal digits, or an empty string for the shared log."""
    _resolver[:] = [who]


@contextmanager
def as_owner(who: str) -> Iterator[None]:
    """Run the block on behalf of ``who``, whatever the resolver returns; for work after the page was drawn."""
    before = _fixed.set(who)
    try:
        yield
    finally:
        _fixed.reset(before)


def owner() -> str:
    """Return the current owner; an empty string where all share one log."""
    fixed = _fixed.get()
    name = _resolver[0]() if fixed is None else fixed
    return name if OWNER.fullmatch(name) else ""


def log_key(digest: str) -> str:
    """Return the key of the current owner's edits of a data set in the log."""
    person = owner()
    return f"{digest}@{person}" if person else digest


def owner_suffix() -> str:
    """Return the ending that separates the names of different owners' runs; empty where all share one log."""
    person = owner()
    return f"-{person[:SHOWN]}" if person else ""


def derived_name(name: str, what: str) -> str:
    """Return the name of a run derived from another one; ``what`` is ``edited``, ``scratch`` or ``repaired``."""
    return f"{name[:KEPT]}-{what}{owner_suffix()}"


def is_foreign(name: str) -> bool:
    """Return whether the ending of a run's name belongs to another owner; never where all share one log."""
    match = MADE.search(name)
    return bool(owner() and match and match[1] != owner_suffix())


def sharing_mode() -> str:
    """Return the mode set in EXPLORER_EDITS: ``apart``, ``together``, or an empty string where the server's address decides.

    Raises:
        ExplorerError: the variable has another value.
    """
    mode = os.environ.get(WISH, "").strip()
    if mode and mode not in WISHES:
        message = (
            f"{WISH} is {mode[:40]!r}; it may be apart (each browser has edits of its own) or together (all share them)"
        )
        raise ExplorerError(f"{message}, or unset to let the address decide.")
    return mode


def is_loopback(address: str | None) -> bool:
    """Return whether only this computer reaches what listens on an address."""
    try:
        return address == "localhost" or bool(address and ip_address(address).is_loopback)
    except ValueError:  # a name, which may mean any address
        return False


def environment() -> dict[str, str]:
    """Return the environment for a process that works on behalf of the current owner."""
    return os.environ | {VARIABLE: owner()}
