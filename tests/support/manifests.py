"""Manifests of runs that nobody built."""

from explorer.runs.manifest import Manifest

LEAST = {
    "run_id": "r",
    "dataset": "drawn",
    "data_digest": "d",
    "backbone": "mobilenet_v2",
    "classes": ["cat", "dog"],
    "n_train": 8,
    "n_test": 4,
    "accuracy": 0.5,
    "accuracy_per_class": {"cat": 0.5, "dog": 0.5},
    "gradient_norm": 0.0,
    "l2": 0.1,
    "files": {},
}


def manifest(**changes):
    """The least that a manifest holds, with changes."""
    return Manifest.from_dict(LEAST | changes)
