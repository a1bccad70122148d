"""Two-dimensional projections (PCA, t-SNE) of all images of a run, cached by the checksums of the features so that runs share them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from explorer.core import home
from explorer.core.cached_result import CachedResult
from explorer.core.checksums import canonical, digest, file_digest, load_array, read_manifest, write_manifest
from explorer.core.errors import ExplorerError, unknown
from explorer.core.files import save_array
from explorer.core.progress import Progress, silent
from explorer.evaluation.projection import principal, tsne
from explorer.runs.edits.refit import base_of
from explorer.runs.run import Run

PROJECTIONS = ("pca", "tsne")
# t-SNE compares each image with at least one other, and starts on a plane.
LEAST = 4
# Coordinates of all images ``(n + m, k)`` float32, and the shares of the variance along them.
_Places = tuple[np.ndarray, list[float]]


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


def project_run(run: Run, name: str, progress: Progress = silent) -> Projection:
    """Return a projection of a run, computed now if it is not kept.

    PCA takes about two seconds for 12,000 images of 1,280 features, t-SNE minutes (so: in a job). An edited run shares the
    map of the run that was edited.

    Raises:
        ExplorerError: there is no such projection, or there are fewer than four images.
    """
    if name not in PROJECTIONS:
        raise unknown("projection", name, list(PROJECTIONS))
    whole = _whole(run)
    return _part(run, name, _cached(whole, name).get_or_compute(lambda: _compute(whole, name, progress)))


def load_projection(run: Run, name: str) -> Projection | None:
    """Return a projection that was computed before; None where there is none that is whole."""
    cached = _cached(_whole(run), name).load()
    return None if cached is None else _part(run, name, cached)


def _part(run: Run, name: str, arrays: _Places) -> Projection:
    """Return the part of a projection of the unedited run that belongs to ``run``."""
    places, shares = arrays[0][:, :2], arrays[1]
    whole = _whole(run)
    n = len(whole.train_labels)
    rows = np.searchsorted(whole.arrays["train_rows"], run.arrays["train_rows"])
    return Projection(name, places[:n][rows], places[n:], tuple(shares[:2]))


def _whole(run: Run) -> Run:
    """Return the run that was edited, or the run itself: leaving images out moves no other image on the map."""
    try:
        return base_of(run)
    except ExplorerError:
        return run


def _compute(run: Run, name: str, progress: Progress) -> _Places:
    images = len(run.train_labels) + len(run.test_labels)
    if images < LEAST:
        raise ExplorerError(f"{images} images are too few for a map; give at least {LEAST}.")
    if name == "pca":
        progress("Principal components", 0, 1)
        places, shares = principal(run.head.train_features[:, :-1], run.test_features[:, :-1])
        progress("Principal components", 1, 1)
        return places, shares.tolist()
    project_run(run, "pca", progress)
    return tsne(np.load(_cached(run, "pca").path, allow_pickle=False), progress), []


def _cached(run: Run, name: str) -> CachedResult[_Places]:
    """Return a projection as it lies on disk, named by the checksums of both sides' features."""
    features = [run.manifest.files[f"{side}_features.npy"] for side in ("train", "test")]
    return CachedResult(home.root() / "maps" / f"{digest(canonical(features))[:16]}-{name}.npy", _read, _write)


def _read(path: Path) -> _Places:
    known = read_manifest(path.with_suffix(".json"))
    return load_array(path, known["places"]), known["shares"]


def _write(path: Path, arrays: _Places) -> None:
    save_array(path, arrays[0])
    write_manifest(path.with_suffix(".json"), {"places": file_digest(path), "shares": arrays[1]})
