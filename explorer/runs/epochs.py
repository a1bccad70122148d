"""The epochs of ``small-cnn`` that a run keeps: what the last layer saw and was after each."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors.numpy import load_file, save

from explorer.attribution.epochs import Epoch
from explorer.core.files import save_bytes
from explorer.core.progress import Progress

if TYPE_CHECKING:
    from explorer.runs.build.plan import Plan


def keep(planned: "Plan", recipe: dict[str, Any], working: Path, folder: Path, progress: Progress) -> None:
    """Write what every saved epoch in ``working`` makes of all images to ``folder``, beside its weights."""
    from explorer.models import small_cnn
    from explorer.models.backbones import extract

    train, test, classes = planned.train, planned.dataset.test, len(planned.dataset.class_names)
    paths = sorted(working.glob("epoch-*.safetensors"), key=_number)
    for done, path in enumerate(paths):
        progress("What each epoch sees", done, len(paths))
        network, rate = small_cnn.load(path, classes)
        seen = {
            side: np.column_stack([features, np.ones(len(features), dtype=np.float32)])
            for side, split in (("train", train), ("test", test))
            for features in [extract(network, split.pictures, range(len(split.labels)), recipe["size"])]
        }
        step = np.array([rate / min(recipe["batch"], len(train.labels))])
        whole = seen | {"weights": small_cnn.last_weights(network), "step": step}
        save_bytes(folder / f"seen-{path.name}", save(whole))
        save_bytes(folder / path.name, path.read_bytes())
    if paths:
        progress("What each epoch sees", len(paths), len(paths))


def load(folder: Path) -> list[Epoch]:
    """Return a run's epochs in their order; none where its network came trained."""
    found = []
    for path in sorted(folder.glob("seen-epoch-*.safetensors"), key=_number):
        parts = load_file(path)
        found.append(Epoch(float(parts["step"][0]), parts["train"], parts["test"], parts["weights"]))
    return found


def _number(path: Path) -> int:
    return int(path.stem.rsplit("-", 1)[-1])
