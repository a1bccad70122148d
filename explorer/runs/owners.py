"""Whose edits are meant: everybody's together, or, where a server keeps people apart, one browser's own."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# Work that a server starts in a process of its own learns from this whose edits it works with.
VARIABLE = "EXPLORER_EDITS_OF"
OWNER = re.compile(r"[0-9a-f]{16}")
# So much of an owner stands in the name of a run: enough for a class, short enough to read.
SHOWN = 6


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


def environment() -> dict[str, str]:
    """Return the environment of a process that works for who is meant now."""
    return os.environ | {VARIABLE: owner()}
