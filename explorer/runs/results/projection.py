"""Where all images of a run lie on a plane: computed once, kept by what its features are, so that runs share it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from explorer.core import home
from explorer.core.checksums import canonical, digest, file_digest, load_array, read_manifest, write_manifest
from explorer.core.errors import DamagedError, ExplorerError, unknown
from explorer.core.files import lock, save_array
from explorer.core.progress import Progress, silent
from explorer.evaluation.projection import principal, tsne
from explorer.runs.edits.refit import base_of
from explorer.runs.run import Run

PROJECTIONS = ("pca", "tsne")
# t-SNE compares each image with at least one other, and starts on a plane.
LEAST = 4


@dataclass(frozen=True, eq=False)
class Projection:
    """Places of all images.

    Attributes:
        name: ``"pca"`` or ``"tsne"``.
        train: ``(n, 2)`` float32.
        test: ``(m, 2)`` float32.
        shares: of the variance along both axes, for ``"pca"``; else empty.
    """

    name: str
    train: np.ndarray
    test: np.ndarray
    shares: tuple[float, ...]


def projected(run: Run, name: str, progress: Progress = silent) -> Projection:
    """Return a projection of a run, computed now if it is not kept.

    PCA takes about two seconds for 12,000 images of 1,280 features, t-SNE minutes (so: in a job). An edited run shares the
    map of the run that was edited.

    Raises:
        ExplorerError: there is no such projection, or there are fewer than four images.
    """
    if name not in PROJECTIONS:
        raise unknown("projection", name, list(PROJECTIONS))
    whole = _whole(run)
    with lock(_path(whole, name)):
        if kept_projection(whole, name) is None:
            _compute(whole, name, progress)
    found = kept_projection(run, name)
    if found is None:
        raise DamagedError(f"{_path(whole, name)} cannot be read after it was written; check the disk.")
    return found


def kept_projection(run: Run, name: str) -> Projection | None:
    """Return a projection that was computed before; None where there is none that is whole."""
    whole = _whole(run)
    path = _path(whole, name)
    try:
        known = read_manifest(path.with_suffix(".json"))
        places = load_array(path, known["places"])[:, :2]
    except DamagedError:
        return None
    n = len(whole.train_labels)
    rows = np.searchsorted(whole.arrays["train_rows"], run.arrays["train_rows"])
    return Projection(name, places[:n][rows], places[n:], tuple(known["shares"][:2]))


def _whole(run: Run) -> Run:
    """Return the run that was edited, or the run itself: leaving images out moves no other image on the map."""
    try:
        return base_of(run)
    except ExplorerError:
        return run


def _compute(run: Run, name: str, progress: Progress) -> None:
    images = len(run.train_labels) + len(run.test_labels)
    if images < LEAST:
        raise ExplorerError(f"{images} images are too few for a map; give at least {LEAST}.")
    path, shares = _path(run, name), np.empty(0)
    if name == "pca":
        progress("Principal components", 0, 1)
        places, shares = principal(run.head.train_features[:, :-1], run.test_features[:, :-1])
        progress("Principal components", 1, 1)
    else:
        projected(run, "pca", progress)
        places = tsne(np.load(_path(run, "pca"), allow_pickle=False), progress)
    save_array(path, places)
    write_manifest(path.with_suffix(".json"), {"places": file_digest(path), "shares": shares.tolist()})


def _path(run: Run, name: str) -> Path:
    """Return the file of a projection, named by the checksums of both sides' features."""
    features = [run.manifest["files"][f"{side}_features.npy"] for side in ("train", "test")]
    return home.root() / "maps" / f"{digest(canonical(features))[:16]}-{name}.npy"
