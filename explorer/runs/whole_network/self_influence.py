"""How much each training image of a recorded training taught the network about itself: kept beside the basis that tells it."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from explorer.core.cached_result import CachedResult
from explorer.core.keyed_cache import KeyedCache
from explorer.core.progress import Progress
from explorer.runs.whole_network.kept_basis import directions_file, load_basis, mark_of
from explorer.runs.whole_network.kept_files import Arrays, folder_of, kept_arrays

if TYPE_CHECKING:
    from explorer.attribution.whole_network import Recording


def self_influence_file(folder: Path) -> CachedResult[Arrays]:
    """Return s(i, i) of all training images, ``values`` ``(n,)`` nats, by how many ``directions`` ``(1,)``, and ``of`` which."""
    return kept_arrays(folder / "self-influence.safetensors")


def keep_self_influences(folder: Path, recording: "Recording", progress: Progress) -> None:
    """Compute the self-influences by the basis as it has grown, unless they are kept.

    Raises:
        ExplorerError: the disk is full or cannot be written.
    """
    from explorer.attribution.whole_network.replay_basis import self_influences  # torch

    basis, directions, kept = load_basis(folder), directions_file(folder).load(), self_influence_file(folder)
    if basis is None or directions is None:
        return
    stands = {"of": mark_of(directions), "directions": np.array([len(basis.table)])}
    found = kept.load()
    if found is None or any(not np.array_equal(found.get(name, ()), value) for name, value in stands.items()):
        kept.save({"values": self_influences(recording, basis, progress)} | stands)


def load_self_influences(run_id: str) -> np.ndarray | None:
    """Return s(i, i) ``(n,)`` nats as far as the run's basis tells them; None where there is none yet. It needs no torch."""
    kept_at = last_kept(run_id)
    return _held(folder_of(run_id), kept_at) if kept_at else None


def last_kept(run_id: str) -> int:
    """Return when a run's self-influences were kept, nanoseconds; 0 where none are."""
    path = self_influence_file(folder_of(run_id)).path
    return path.stat().st_mtime_ns if path.is_file() else 0


def _read(folder: Path, written: int) -> np.ndarray | None:
    """Return what was kept; None where it is damaged, or of other directions."""
    found, directions = self_influence_file(folder).load(), directions_file(folder).load()
    if found is None or directions is None or not np.array_equal(found.get("of", ()), mark_of(directions)):
        return None
    return found["values"]


_held = KeyedCache(_read, 2)
