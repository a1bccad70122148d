"""Preflight reports on disk, named by a hash of the command that they prepare."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from explorer.core import home
from explorer.core.cached_result import cached_dict
from explorer.core.checksums import canonical, digest
from explorer.core.errors import ExplorerError

# What the file is called after the check that holds the choices of data that cannot be read without one.
OFFERS = "-choices"
NAME = re.compile(r"[0-9a-f]{16}")


def key_of(words: Sequence[str]) -> str:
    """Return the id of a check: a hash of the command that it prepares, the run's name among its words."""
    return digest(canonical(list(words)))[:16]


def save(key: str, report: dict[str, Any]) -> None:
    """Store a report."""
    cached_dict(path_of(key)).save(report)


def load(key: str) -> dict[str, Any] | None:
    """Return the stored report; None where there is none, or it cannot be read any more.

    Raises:
        ExplorerError: this can be no id.
    """
    return cached_dict(path_of(key)).load()


def save_offers(key: str, offers: list[dict[str, Any]]) -> None:
    """Store what a person can choose where data cannot be read without a choice."""
    cached_dict(path_of(key, OFFERS)).save({"choices": offers})


def load_offers(key: str) -> list[dict[str, Any]]:
    """Return what a person can choose; nothing where the data can be read, or nothing is to be chosen.

    Raises:
        ExplorerError: this can be no id.
    """
    return list((cached_dict(path_of(key, OFFERS)).load() or {}).get("choices", []))


def modified(key: str) -> int:
    """Return when a check was kept, in nanoseconds; 0 where none was.

    Raises:
        ExplorerError: this can be no id.
    """
    path = path_of(key)
    return path.stat().st_mtime_ns if path.is_file() else 0


def remove(key: str) -> None:
    """Delete the stored report, and what could be chosen."""
    path_of(key).unlink(missing_ok=True)
    path_of(key, OFFERS).unlink(missing_ok=True)


def path_of(key: str, more: str = "") -> Path:
    """Return the file of a check, or of something that belongs to it and has ``more`` in its name.

    Raises:
        ExplorerError: this can be no id.
    """
    if not NAME.fullmatch(key):
        raise ExplorerError(f"There is no check {key[:40]!r}; press Check on Data and models for one.")
    return home.root() / "checks" / f"{key}{more}.json"
