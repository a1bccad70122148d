"""Sets of images chosen on a page, saved under a short key that an address can carry: the hash of the set."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from explorer.core import home
from explorer.core.checksums import canonical, digest
from explorer.core.errors import ExplorerError
from explorer.core.files import writing
from explorer.runs.run import Run

SIDES = ("train", "test")
KEY = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, eq=False)
class Selection:
    """Chosen images of one run.

    Attributes:
        run_id: whose rows they are.
        train: chosen training images ``(k,)``, ascending.
        test: chosen test images ``(k,)``, ascending.
    """

    run_id: str
    train: np.ndarray
    test: np.ndarray

    def side(self) -> str:
        """Return the side whose images were chosen; ``"train"`` where both were."""
        return "test" if len(self.test) and not len(self.train) else "train"


def save(run_id: str, side: str, rows: Sequence[int] | np.ndarray) -> str:
    """Keep images of one side (``"train"`` or ``"test"``) and return their key.

    Raises:
        ExplorerError: no image was chosen, or the disk cannot be written.
    """
    return save_sides(run_id, {side: rows})


def save_sides(run_id: str, chosen: Mapping[str, Sequence[int] | np.ndarray]) -> str:
    """Keep images of one side or of both and return their key; the same images have the same key.

    Raises:
        ExplorerError: no image was chosen, or the disk cannot be written.
    """
    rows = {side: np.unique(np.asarray(chosen.get(side, ()), dtype=np.int64)).tolist() for side in SIDES}
    if not any(rows.values()):
        raise ExplorerError("No image was chosen; choose at least one.")
    content = canonical({"run": run_id, **rows})
    key = digest(content)[:16]
    if not _path(key).is_file():
        with writing(_path(key)) as temporary:
            temporary.write_bytes(content)
    return key


def load(key: str) -> Selection:
    """Return the selection stored under a key.

    Raises:
        ExplorerError: there is none, or its file was changed.
    """
    try:
        content = _path(key).read_bytes() if KEY.fullmatch(key) else b""
    except OSError:
        content = b""
    if digest(content)[:16] != key:
        raise ExplorerError(f"There is no selection {key[:40]!r} on this machine; choose the images again on the map.")
    fields = json.loads(content)
    return Selection(fields["run"], *(np.array(fields[side], dtype=np.int64) for side in SIDES))


def rows(key: str, side: str | None = None) -> np.ndarray:
    """Return the images ``(k,)`` of a side stored under a key; of the only side, or training, where None.

    Raises:
        ExplorerError: the key is unknown.
    """
    selection = load(key)
    return selection.test if (side or selection.side()) == "test" else selection.train


def of_run(key: str, run: Run) -> Selection:
    """Return the selection stored under a key, if it is of this run.

    Raises:
        ExplorerError: the key is unknown, or its rows are another run's.
    """
    selection = load(key)
    if selection.run_id != run.id:
        raise ExplorerError(
            f"The selection {key} was made in another run ({selection.run_id}); open that run, or choose the images again."
        )
    return selection


def _path(key: str) -> Path:
    return home.root() / "selections" / f"{key}.json"
