"""Sides of a data set by the name of a file or folder: ``train-00000-of-00002.parquet`` is for training."""

import re

from explorer.datasets.doubts.folder_names import TEST_WORDS, TRAIN_WORDS, VAL_WORDS

# The words for the sides of folders, and those that only files have.
NAMES = {"train": (*TRAIN_WORDS, "trainset"), "val": VAL_WORDS, "test": (*TEST_WORDS, "testset", "t10k")}
SIDE_OF = {name: side for side, names in NAMES.items() for name in names}


def side_of(path: str) -> str:
    """Return ``"train"``, ``"val"``, ``"test"`` or empty for a file's path below the data: its own name counts first, then its folders'."""
    for part in reversed(path.lower().split("/")):
        words = re.split(r"[^a-z]+|(?<=[a-z])(?=\d)", part.replace("t10k", "test"))
        if found := [SIDE_OF[word] for word in words if word in SIDE_OF]:
            return found[0]
    return ""
