"""Some small pictures of each class, made while data are checked: a page shows by them how the data were understood."""

import base64
import time
from contextlib import suppress

import numpy as np

from explorer.core.cached_result import cached_dict
from explorer.core.errors import ExplorerError
from explorer.datasets import Dataset
from explorer.runs.build.preflight_store import path_of
from explorer.runs.thumbnails import data_address, shrunk

# Pictures of a class, classes that have some, their longest side in px, and seconds after which the rest has none.
EACH, CLASSES, LONGEST, SECONDS = 3, 100, 96, 3.0
# What the file is called after the check.
PICTURES = "-pictures"


def save_samples(key: str, dataset: Dataset) -> None:
    """Store small training pictures of each class beside the report of a check: first one of each, then another."""
    labels = dataset.train.labels
    classes = [np.flatnonzero(labels == label) for label in range(min(CLASSES, len(dataset.class_names)))]
    made: list[list[str]] = [[] for _ in classes]
    end = time.monotonic() + SECONDS
    for place in range(EACH):
        for rows, addresses in zip(classes, made, strict=True):
            if place < len(rows) and time.monotonic() < end:
                with suppress(ExplorerError, OSError):  # a build says what cannot be read
                    picture = dataset.train.pictures[
                        int(rows[place * len(rows) // EACH if len(rows) > EACH else place])
                    ]
                    addresses.append(data_address(*shrunk(picture, LONGEST)))
    cached_dict(path_of(key, PICTURES)).save({"classes": made})


def load_samples(key: str) -> list[list[str]]:
    """Return the pictures of each class as data addresses; nothing where none were made.

    Raises:
        ExplorerError: this can be no id of a check.
    """
    return list((cached_dict(path_of(key, PICTURES)).load() or {}).get("classes", []))


def content_of(address: str) -> tuple[bytes, str]:
    """Return the bytes and the media type of a data address."""
    kind, _, content = address.removeprefix("data:").partition(";base64,")
    return base64.b64decode(content), kind
