"""Pictures and files as labelling tools leave them."""

import json

from tests.support.container_files import NAMES, encoded

ALL = {name: {"train": 4, "test": 1} for name in NAMES}
SPLIT = {name: {"train": 3, "test": 2} for name in NAMES}


def pictures(folder, code=""):
    """Five pictures of each class in one folder; yields class, number and file name."""
    folder.mkdir(parents=True, exist_ok=True)
    for row, name in enumerate(NAMES):
        for number in range(5):
            file = f"{code}{name}_{number}.png"
            (folder / file).write_bytes(encoded(10 * row + number))
            yield name, number, file


def written(path, content):
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def fiftyone_labels(root):
    labels = {file.removesuffix(".png"): NAMES.index(name) for name, _, file in pictures(root / "data")}
    (root / "data/extra.png").write_bytes(encoded(77))
    written(root / "labels.json", {"classes": list(NAMES), "labels": labels | {"extra": None}})
