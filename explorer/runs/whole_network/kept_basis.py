"""The growing basis of ``replay-basis`` as it lies on disk: directions and probes once, then what each group of directions adds."""

from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import takewhile
from pathlib import Path

import numpy as np

from explorer.attribution.replays import Probes, ReplayBasis
from explorer.core.cached_result import CachedResult, cached_array
from explorer.core.keyed_cache import KeyedCache
from explorer.runs.whole_network.kept_files import Arrays, kept_arrays
from explorer.runs.whole_network.network_outputs import InBasis

# Directions that are found; of them as many are replayed as are asked for, so many at once.
MOST, GROUP = 256, 16
# Arrays of a group.
GROUP_PARTS = ("directions", "table", "scales", "tests")
# Directions that are replayed before the first answer, and that the program replays unasked.
FIRST, USUAL = 16, 64


def directions_file(folder: Path) -> CachedResult[np.ndarray]:
    """Return all directions ``(K, q)``, replayed or not; K is less than ``MOST`` where there are fewer.

    One process at a time finds them: another one's, on other threads, would differ in their last bits.
    """
    return replace(cached_array(folder / "directions.npy"), exclusive=True)


def group_file(folder: Path, number: int) -> CachedResult[Arrays]:
    """Return what a group of directions adds to the basis: the arrays of its
    :class:`~explorer.attribution.replays.ReplayBasis`, ``tests``, the test images' coefficients in it ``(m, C, k)``, and ``of``
    which directions all are.
    """
    return kept_arrays(folder / f"basis-{number}.safetensors")


def span_file(folder: Path, number: int) -> CachedResult[Arrays]:
    """Return what a group's replays span beyond the groups before, ``table`` and ``scales``, until it is followed; and ``of`` which directions."""
    return kept_arrays(folder / f"span-{number}.safetensors")


def probes_file(folder: Path) -> CachedResult[Arrays]:
    """Return the arrays of the :class:`~explorer.attribution.replays.Probes`, and the test images' ``logits`` and ``tests`` ``(m, C, P)``."""
    return kept_arrays(folder / "probes.safetensors")


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
    """Return the basis as far as it has grown; None where it has not begun."""
    return _kept(folder).basis


def load_tests(folder: Path) -> InBasis | None:
    """Return how the test images' logits lie in the basis; None where it has not begun."""
    return _kept(folder).tests


def load_probes(folder: Path) -> Probes | None:
    """Return what tells how much the basis misses; None where it has not begun."""
    return _kept(folder).probes


@dataclass(frozen=True, eq=False)
class KeptBasis:
    """A basis with what belongs to it, each None where it has not begun."""

    basis: ReplayBasis | None = None
    tests: InBasis | None = None
    probes: Probes | None = None


def _kept(folder: Path) -> KeptBasis:
    files = directions_file(folder).path, probes_file(folder).path
    return _held(folder, tuple(map(_stamp, files)), _stamps(folder))


def _stamps(folder: Path) -> tuple[int, ...]:
    """Return when each group was written, up to the first that is missing."""
    written = map(_stamp, (group_file(folder, number).path for number in range(MOST)))
    return tuple(takewhile(bool, written))


def _stamp(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _read(folder: Path, found_at: tuple[int, ...], stamps: tuple[int, ...]) -> KeptBasis:
    """Return a basis of some groups; one that is damaged, or of other directions, ends it."""
    directions, probed = directions_file(folder).load(), probes_file(folder).load()
    if directions is None or probed is None:
        return KeptBasis()
    groups = list(takewhile(bool, (along(group_file(folder, row).load(), directions) for row in range(len(stamps)))))
    if not groups:
        return KeptBasis()
    parts = {name: [group[name] for group in groups if group is not None] for name in GROUP_PARTS}
    basis = ReplayBasis(*(np.concatenate(parts[name]) for name in GROUP_PARTS[:3]))
    tests = InBasis(probed["logits"], np.concatenate(parts["tests"], axis=2), probed["tests"])
    return KeptBasis(basis, tests, Probes(probed["directions"], probed["lengths"]))


# A run's own, and those of its other seeds.
_held = KeyedCache(_read, 8)
