"""The saved epochs of a run of ``small-cnn``: the penultimate features of all images, and the last layer's weights."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save

from explorer.attribution.epochs import Epoch
from explorer.core.files import save_bytes
from explorer.core.progress import Progress
from explorer.datasets.base import Split


def save_epochs(
    splits: Mapping[str, Split],
    classes: int,
    recipe: Mapping[str, Any],
    working: Path,
    folder: Path,
    progress: Progress,
) -> None:
    """Write the features of all images under every saved epoch in ``working`` to ``folder``, beside the epoch's weights.

    Args:
        splits: the images, by ``"train"`` and ``"test"``.
        classes: number of classes.
        recipe: of the training: ``size`` of the pictures, ``batch``.
        working: folder in which the training saved ``epoch-<k>.safetensors``; nothing is written where it has none.
        folder: of the run.
        progress: told which epoch is read.
    """
    # torch: opening a run needs the epochs, but no network
    from explorer.models import small_cnn
    from explorer.models.backbones import extract_features

    paths = sorted(working.glob("epoch-*.safetensors"), key=_number)
    for done, path in enumerate(paths):
        progress("What each epoch sees", done, len(paths))
        network, rate = small_cnn.load(path, classes)
        seen = {
            side: np.column_stack([features, np.ones(len(features), dtype=np.float32)])
            for side, split in splits.items()
            for features in [extract_features(network, split.pictures, range(len(split.labels)), recipe["size"])]
        }
        step = np.array([rate / min(recipe["batch"], len(splits["train"].labels))])
        whole = seen | {"weights": small_cnn.last_weights(network), "step": step}
        save_bytes(folder / f"seen-{path.name}", save(whole))
        save_bytes(folder / path.name, path.read_bytes())
    if paths:
        progress("What each epoch sees", len(paths), len(paths))


def load_epochs(folder: Path) -> list[Epoch]:
    """Return a run's epochs in their order; none where its network came trained."""
    epochs = []
    for path in sorted(folder.glob("seen-epoch-*.safetensors"), key=_number):
        arrays = load_file(path)
        epochs.append(Epoch(float(arrays["step"][0]), arrays["train"], arrays["test"], arrays["weights"]))
    return epochs


def _number(path: Path) -> int:
    return int(path.stem.rsplit("-", 1)[-1])
