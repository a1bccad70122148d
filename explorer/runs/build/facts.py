"""What every build writes of a run beside its features: small arrays, the manifest, how long each stage took."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from explorer.core.cached_result import cached_dict
from explorer.core.checksums import write_manifest
from explorer.core.errors import ExplorerError
from explorer.core.progress import Progress
from explorer.models.head import Head
from explorer.runs.build.custom_network import OwnNetwork, with_custom_network
from explorer.runs.build.plan import Plan
from explorer.runs.build.preparation_trial import on_preparation
from explorer.runs.build.reading import reading_of
from explorer.runs.writer import checksums, fitted, save_arrays

Seconds = dict[str, float]
# Of a block, after which its time is kept.
KEEP_SECONDS = 2.0


@contextmanager
def timed(seconds: Seconds, name: str) -> Iterator[None]:
    """Context manager: note how long the block took."""
    start = time.perf_counter()
    yield
    seconds[name] = round(time.perf_counter() - start, 2)


@contextmanager
def timed_over_starts(seconds: Seconds, name: str, path: Path, progress: Progress) -> Iterator[Progress]:
    """Context manager: note how long the block took, with what earlier starts of it that were killed had spent.

    Args:
        seconds: gets the note.
        name: of the block.
        path: where the time is kept on the way.
        progress: that the block tells through what is yielded; the time is kept when it does, every ``KEEP_SECONDS``.
    """
    kept, start = cached_dict(path), time.perf_counter()
    before, last = float((kept.load() or {}).get(name, 0.0)), start

    def spent() -> float:
        return round(before + time.perf_counter() - start, 2)

    def keep() -> None:
        with suppress(ExplorerError):  # a full disk is told by what the build itself writes
            kept.save({name: spent()})

    def told(stage: str, done: float, total: float, figures: Mapping[str, float] = {}) -> None:
        nonlocal last
        progress(stage, done, total, figures)
        if time.perf_counter() - last >= KEEP_SECONDS:
            keep()
            last = time.perf_counter()

    yield told
    seconds[name] = spent()
    keep()  # a start after a kill in what follows finds the block done


@dataclass(frozen=True, eq=False)
class Built:
    """What a build computed.

    Attributes:
        planned: the request.
        run_id: names the run.
        network: that made the features.
        recipe: what determines them beside the pictures.
        custom: what is known of a network that a person brought.
        head: fitted.
        test: features of the test images ``(m, d)``, standardised.
        curve: cross-validated log-loss of each λ; empty where λ was given.
        scaling: mean and deviation of the raw features ``(d − 1,)``.
    """

    planned: Plan
    run_id: str
    network: nn.Module
    recipe: Mapping[str, Any]
    custom: OwnNetwork
    head: Head
    test: np.ndarray
    curve: Mapping[float, float]
    scaling: Mapping[str, np.ndarray]

    def save_small(self, folder: Path) -> None:
        """Write weights, labels, ids and the scale."""
        planned, test = self.planned, self.planned.dataset.test
        arrays = {
            "weights": self.head.weights,
            "train_labels": self.head.train_labels,
            "test_labels": test.labels,
            "train_rows": planned.rows,
            "train_ids": planned.train.id_numbers,
            "test_ids": test.id_numbers,
            **self.scaling,
        }
        save_arrays(folder, arrays)

    def save_manifest(self, folder: Path, seconds: Seconds, more: Mapping[str, Any], progress: Progress) -> None:
        """Write the manifest over all files of the folder, with ``more`` facts."""
        facts = self._facts() | {
            "run_id": self.run_id,
            "l2_curve": {f"{value:.4g}": loss for value, loss in self.curve.items()},
            "seconds": seconds,
            "recipe": self.recipe,
            "preparation": self.planned.preparation.to_dict(),
            **({"reading": reading} if (reading := reading_of(self.planned.dataset)) else {}),
            **more,
        }
        told = on_preparation(self.planned, self.network, _own_share(self.custom), facts["accuracy"], progress)
        facts = with_custom_network(facts, self.custom, told)
        write_manifest(folder / "manifest.json", facts | {"files": checksums(folder)})

    def _facts(self) -> dict[str, Any]:
        """Return what a screen and ``build --json`` say of the run."""
        planned = self.planned
        config, dataset = planned.config, planned.dataset
        return fitted(self.head, self.test, dataset.test.labels, list(dataset.class_names)) | {
            "dataset": dataset.name,
            "title": dataset.title,
            "notice": planned.notice,
            "facts": dataset.facts,
            "backbone": config.backbone,
            "limit": config.limit,
            "seed": config.seed,
            "noise": config.noise,
            "noise_seed": config.noise_seed,
            "classes": list(dataset.class_names),
            "data_digest": dataset.digest,
            **({"base": planned.base_id(), "edits": [*map(list, planned.edits)]} if planned.edits else {}),
        }


def _own_share(custom: OwnNetwork) -> float | None:
    """Return the share that the own last layer gets right; in the data's order where another one was only found to fit better."""
    layer = custom.layer
    if layer is None:
        return None
    return (
        layer.in_data_order if layer.told == "fits" else layer.accuracy
    )  # another preparation may explain another order
