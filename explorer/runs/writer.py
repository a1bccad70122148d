"""What builds and refits write in the same way. No torch, so that a page may import it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from explorer.core.checksums import file_digest
from explorer.core.files import save_bytes
from explorer.core.packed_arrays import packed
from explorer.models.head import Head
from explorer.shards.table import MANIFEST


def save_arrays(folder: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write a run's small arrays."""
    save_bytes(folder / "arrays.safetensors", packed(arrays))


def checksums(folder: Path, known: Mapping[str, str] = {}) -> dict[str, str]:
    """Return the SHA-256 of every file of a folder, by name; those that are known are not read again.

    Of a table of shards it is that of its manifest, which has those of its files.
    """
    files = [path / MANIFEST if path.is_dir() else path for path in sorted(folder.iterdir())]
    names = {path.relative_to(folder).as_posix(): path for path in files}
    return {name: known.get(name) or file_digest(path) for name, path in names.items()}


def fitted(head: Head, test: np.ndarray, labels: np.ndarray, classes: list[str]) -> dict[str, Any]:
    """Return what a manifest says of a fitted head and how good it is.

    Args:
        head: that was fitted.
        test: features of the test images ``(m, d)``.
        labels: of the test images ``(m,)``.
        classes: all class names.
    """
    right = labels == head.logits(test).argmax(axis=1)
    each = {name: float(right[labels == row].mean()) for row, name in enumerate(classes) if row in labels}
    return {
        "n_train": len(head.train_labels),
        "n_test": len(labels),
        "accuracy": float(right.mean()),
        "accuracy_per_class": each,
        "gradient_norm": head.gradient_norm(),
        "l2": head.l2,
    }
