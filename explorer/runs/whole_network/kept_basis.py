"""The growing basis of ``replay-basis`` as it lies on disk: directions once, then their replays, a group after the other."""

from dataclasses import replace
from hashlib import sha256
from itertools import takewhile
from pathlib import Path

import numpy as np

from explorer.attribution.replays import ReplayBasis
from explorer.core.cached_result import CachedResult, cached_array
from explorer.core.keyed_cache import KeyedCache
from explorer.runs.whole_network.kept_files import Arrays, kept_arrays
from explorer.runs.whole_network.network_outputs import InBasis

# Directions that are found; of them as many are replayed as are asked for, so many at once.
MOST, GROUP = 128, 16
# Directions that are replayed before the first answer, and that the program replays unasked.
FIRST, USUAL = 16, 64


def directions_file(folder: Path) -> CachedResult[np.ndarray]:
    """Return all directions ``(K, q)``, replayed or not; K is less than ``MOST`` where there are fewer.

    One process at a time finds them: another one's, on other threads, would differ in their last bits.
    """
    return replace(cached_array(folder / "directions.npy"), exclusive=True)


def group_file(folder: Path, number: int) -> CachedResult[Arrays]:
    """Return the ``table`` ``(k, n)`` and ``scales`` ``(k,)`` of a group of replayed directions, and ``of`` which all they are."""
    return kept_arrays(folder / f"replayed-{number}.safetensors")


def tests_file(folder: Path) -> CachedResult[Arrays]:
    """Return the arrays of the test images' :class:`~explorer.runs.whole_network.network_outputs.InBasis`, and ``of`` which directions."""
    return kept_arrays(folder / "tests.safetensors")


def mark_of(directions: np.ndarray) -> np.ndarray:
    """Return what tells directions from others ``(32,)``: kept with all that was computed along them."""
    return np.frombuffer(sha256(np.ascontiguousarray(directions).data).digest(), dtype=np.uint8)


def along(found: Arrays | None, directions: np.ndarray) -> Arrays | None:
    """Return what was kept where it was computed along these directions, else None."""
    return found if found is not None and np.array_equal(found.get("of", ()), mark_of(directions)) else None


def groups_replayed(folder: Path) -> int:
    """Return how many groups of directions can be used."""
    return len(_stamps(folder))


def load_basis(folder: Path) -> ReplayBasis | None:
    """Return what was replayed until now; None where nothing was."""
    return _basis(folder, _stamp(directions_file(folder).path), _stamps(folder))


def load_tests(folder: Path) -> InBasis | None:
    """Return how the test images' logits lie in the basis; None where it is not kept."""
    return _tests(folder, _stamp(directions_file(folder).path), _stamp(tests_file(folder).path))


def _stamps(folder: Path) -> tuple[int, ...]:
    """Return when each group was written, up to the first that is missing."""
    written = map(_stamp, (group_file(folder, number).path for number in range(MOST)))
    return tuple(takewhile(bool, written))


def _stamp(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _read_basis(folder: Path, found_at: int, stamps: tuple[int, ...]) -> ReplayBasis | None:
    """Return a basis of some groups; one that is damaged, or of other directions, ends it."""
    directions = directions_file(folder).load()
    if directions is None:
        return None
    found: list[Arrays] = []
    for number in range(len(stamps)):
        group = along(group_file(folder, number).load(), directions)
        if group is None:
            break
        found.append(group)
    if not found:
        return None
    table, scales = (np.concatenate([group[name] for group in found]) for name in ("table", "scales"))
    return ReplayBasis(directions[: len(table)], table, scales)


def _read_tests(folder: Path, found_at: int, stamp: int) -> InBasis | None:
    directions, arrays = directions_file(folder).load(), tests_file(folder).load()
    if directions is None or (found := along(arrays, directions)) is None:
        return None
    return InBasis(found["logits"], found["coefficients"], found["products"])


_basis, _tests = KeyedCache(_read_basis, 2), KeyedCache(_read_tests, 2)
