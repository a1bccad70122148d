"""The saved epochs of a run whose network was trained here: the penultimate features of all images, and the last layer's weights."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors.numpy import load_file

from explorer.attribution.epochs import Epoch
from explorer.core.files import save_bytes
from explorer.core.packed_arrays import packed
from explorer.core.progress import Progress
from explorer.models.seen_epochs import seen_together

if TYPE_CHECKING:
    from torch import nn

    from explorer.datasets.base import Split

# Pictures between two reports of progress, whole batches.
PIECE = 1000


def save_epochs(
    splits: "Mapping[str, Split]",
    classes: int,
    recipe: Mapping[str, Any],
    working: Path,
    folder: Path,
    progress: Progress,
) -> None:
    """Write the features of all images under the saved epochs in ``working`` to ``folder``, beside each epoch's weights.

    Of a long training every k-th epoch and the last are written, each with the learning rates of all since the one before it.

    Args:
        splits: the images, by ``"train"`` and ``"test"``.
        classes: number of classes.
        recipe: of the training: ``network``, ``size`` of the pictures, ``batch``.
        working: folder in which the training saved ``epoch-<k>.safetensors``; nothing is written where it has none.
        folder: of the run.
        progress: told which epoch is read.
    """
    # torch: opening a run needs the epochs, but no network
    from explorer.models.small_cnn import last_weights
    from explorer.models.trained_here import load_epoch

    paths = sorted(working.glob("epoch-*.safetensors"), key=_number)
    if not paths:
        return
    kept = seen_together([(path, *load_epoch(path, classes, recipe)) for path in paths])
    seen = _seen([group[-1][1] for group in kept], splits, recipe["size"], progress)
    for number, group in enumerate(kept):
        path, network, rate = *group[-1][:2], sum(rate for *_, rate in group)
        step = np.array([rate / min(recipe["batch"], len(splits["train"].labels))])
        sides = {
            side: np.column_stack([features[:, number], np.ones(len(features), np.float32)])
            for side, features in seen.items()
        }
        save_bytes(folder / f"seen-{path.name}", packed(sides | {"weights": last_weights(network), "step": step}))
        save_bytes(folder / path.name, path.read_bytes())


def _seen(
    networks: "list[nn.Module]", splits: "Mapping[str, Split]", size: int, progress: Progress
) -> dict[str, np.ndarray]:
    """Return the features of all images under each network ``(n, E, d)``, by side; each picture is decoded once."""
    from explorer.models.backbones import extract_features
    from explorer.models.trained_here import side_by_side

    together, done, found = side_by_side(networks), 0, {}
    total = sum(len(split.labels) for split in splits.values())
    for side, split in splits.items():
        parts, images = [], len(split.labels)
        for start in range(0, images, PIECE):
            progress("What each epoch sees", done, total)
            rows = range(start, min(start + PIECE, images))
            parts.append(extract_features(together, split.pictures, rows, size))
            done += len(rows)
        found[side] = np.concatenate(parts).reshape(images, len(networks), -1)
    progress("What each epoch sees", total, total)
    return found


def load_epochs(folder: Path) -> list[Epoch]:
    """Return a run's epochs in their order; none where its network came trained."""
    epochs = []
    for path in sorted(folder.glob("seen-epoch-*.safetensors"), key=_number):
        arrays = load_file(path)
        epochs.append(Epoch(float(arrays["step"][0]), arrays["train"], arrays["test"], arrays["weights"]))
    return epochs


def _number(path: Path) -> int:
    return int(path.stem.rsplit("-", 1)[-1])
