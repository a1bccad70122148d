"""A run made from arrays of features and labels, wherever they come from: checked, standardised and fitted as a build does."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.core.checksums import canonical, digest
from explorer.core.errors import ExplorerError, unknown
from explorer.core.progress import Progress, silent
from explorer.datasets import Dataset, Split
from explorer.models.head import choose_l2, fit
from explorer.models.standardisation import standardisation, standardised
from explorer.runs.manifest import Manifest
from explorer.runs.memory_run import MemoryRun, MissingPictures
from explorer.runs.store import run_folder
from explorer.runs.writer import fitted

# The data set and network that a manifest names where there is neither.
NAME, NETWORK = "arrays", "given features"


@dataclass(frozen=True, eq=False)
class LabelledFeatures:
    """One side of the data.

    Attributes:
        features: ``(n, d)`` float64, as they were given.
        labels: ``(n,)`` int64, rows of the class names.
    """

    features: np.ndarray
    labels: np.ndarray

    def split(self) -> Split:
        """Return it as a side of a data set, whose pictures cannot be had."""
        return Split(MissingPictures([digest(row.tobytes())[:16] for row in self.features]), self.labels)


def run_from_arrays(
    train: tuple[Any, Any],
    test: tuple[Any, Any],
    class_names: Sequence[str] | None = None,
    l2: float | None = None,
    progress: Progress = silent,
) -> MemoryRun:
    """Return a fitted run over features and labels of training and test images.

    Args:
        train: features ``(n, d)`` and labels ``(n,)``: rows or names of the classes.
        test: the same of the test images, ``(m, d)`` and ``(m,)``.
        class_names: in the order of the labels; the sorted labels of ``train`` where None.
        l2: λ; chosen by cross-validation, as in a build, where None.
        progress: of the choice of λ.

    Raises:
        ExplorerError: what was given cannot be used; the sentence says what to give instead.
    """
    start, names = time.perf_counter(), class_names_of(train[1], class_names)
    sides = _sides(train, test, names, class_names is None)
    dataset = Dataset(NAME, "Features from arrays", names, sides[0].split(), sides[1].split())
    mean, deviation = standardisation(sides[0].features)
    features, held_out = (standardised(side.features, mean, deviation) for side in sides)
    labels = sides[0].labels
    curve = {} if l2 else choose_l2(features, labels, len(names), progress)
    head = fit(features, labels, len(names), l2 or min(curve, key=lambda value: curve[value]))
    run_id = digest(canonical({"arrays": dataset.digest, "l2": l2}))[:16]
    facts = (
        fitted(head, held_out, sides[1].labels, list(names))
        | _facts(dataset, run_id)
        | {
            "l2_curve": {f"{value:.4g}": loss for value, loss in curve.items()},
            "seconds": {"head": round(time.perf_counter() - start, 2)},
        }
    )
    small = {
        "weights": head.weights,
        "train_labels": labels,
        "test_labels": sides[1].labels,
        "train_rows": np.arange(len(labels)),
        "train_ids": dataset.train.id_numbers,
        "test_ids": dataset.test.id_numbers,
        "mean": mean,
        "deviation": deviation,
    }
    return MemoryRun(run_folder(run_id), Manifest.from_dict(facts), head, held_out, small, source=dataset)


def class_names_of(labels: Any, given: Sequence[str] | None) -> tuple[str, ...]:
    """Return the names of the classes: those that were given, else the sorted labels.

    Raises:
        ExplorerError: fewer than two, or one of them twice.
    """
    names = tuple(map(str, np.unique(np.asarray(labels)))) if given is None else tuple(map(str, given))
    if len(names) < 2:
        raise ExplorerError(f"There are {len(names)} classes ({', '.join(names)}); give at least two.")
    if len(set(names)) < len(names):
        raise ExplorerError(f"A class is named twice among {', '.join(names)}; give every class its own name.")
    return names


def _sides(
    train: tuple[Any, Any], test: tuple[Any, Any], names: tuple[str, ...], named: bool
) -> tuple[LabelledFeatures, LabelledFeatures]:
    """Return both sides, checked; ``named`` where labels are names even if they are numbers."""
    first, second = (_side(side, pair, names, named) for side, pair in (("training", train), ("test", test)))
    if first.features.shape[1] != second.features.shape[1]:
        raise ExplorerError(
            f"The training images have {first.features.shape[1]} features and the test images {second.features.shape[1]}; "
            "give both the same columns in the same order."
        )
    counts = np.bincount(first.labels, minlength=len(names))
    if not counts.all():
        empty = names[int(counts.argmin())]
        raise ExplorerError(f"No training image is of class {empty!r}; give at least one of every class.")
    return first, second


def _side(side: str, pair: tuple[Any, Any], names: tuple[str, ...], named: bool) -> LabelledFeatures:
    features, labels = _features(side, pair[0]), _labels(side, pair[1], names, named)
    if len(features) != len(labels):
        raise ExplorerError(
            f"There are {len(features)} rows of {side} features and {len(labels)} {side} labels; give one label a row."
        )
    return LabelledFeatures(features, labels)


def _features(side: str, given: Any) -> np.ndarray:
    try:
        features = np.ascontiguousarray(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ExplorerError(f"The {side} features are no numbers ({error}); give an array (n, d).") from error
    if np.ndim(given) != 2 or not features.size:
        shape = np.shape(given)
        raise ExplorerError(f"The {side} features have the shape {shape}; give one row an image, one column a feature.")
    wrong = np.flatnonzero(~np.isfinite(features).all(axis=1))
    if len(wrong):
        raise ExplorerError(
            f"The {side} features hold NaN or infinite numbers in {len(wrong)} of {len(features)} rows, row {wrong[0]} first; "
            "fill them, or leave these rows out."
        )
    return features


def _labels(side: str, given: Any, names: tuple[str, ...], named: bool) -> np.ndarray:
    """Return labels ``(n,)`` as rows of ``names``; whole numbers are such rows already where names were given."""
    labels = np.asarray(given)
    if labels.ndim != 1:
        raise ExplorerError(f"The {side} labels have the shape {labels.shape}; give one label an image, (n,).")
    if labels.dtype.kind in "iu" and not named:
        strange = labels[(labels < 0) | (labels >= len(names))]
        if len(strange):
            raise ExplorerError(
                f"A {side} label is {strange[0]}; with {len(names)} class names the labels go from 0 to {len(names) - 1}."
            )
        return labels.astype(np.int64)
    if labels.dtype.kind == "f":
        raise ExplorerError(f"The {side} labels are {labels.dtype}; give whole numbers or names of classes.")
    rows = {name: row for row, name in enumerate(names)}
    for name in map(str, labels):
        if name not in rows:
            raise unknown("class", name, list(names))
    return np.array([rows[str(name)] for name in labels], dtype=np.int64)


def _facts(dataset: Dataset, run_id: str) -> dict[str, Any]:
    """Return what a manifest says of a run without pictures and network."""
    return {
        "run_id": run_id,
        "dataset": dataset.name,
        "title": dataset.title,
        "notice": "",
        "facts": {},
        "backbone": NETWORK,
        "limit": None,
        "seed": 0,
        "noise": "",
        "noise_seed": 0,
        "classes": list(dataset.class_names),
        "data_digest": dataset.digest,
        "files": {},
        "recipe": {},
    }
