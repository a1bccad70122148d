"""Predictions of a person's own network by its library's documented pipeline, beside the program's with the network's own preparation.

``python -m tools.pipelines --json`` makes two-class checkpoints (their last layers fitted to photographs), builds a run of each,
and counts the pictures whose prediction differs and the largest difference of the scores; pictures turned by EXIF are compared both
as the library's own reader opens them and in the other way.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor, nn

from explorer.core.progress import silent
from explorer.datasets import open_dataset
from explorer.datasets.decoding import AS_STORED, UPRIGHT
from explorer.models.backbones import extract_features
from explorer.models.custom.spec import NetworkSpec
from explorer.models.features import raw_features
from explorer.models.preparation.choice import PreparationChoice
from explorer.runs.build.builder import build
from explorer.runs.build.plan import Plan, plan
from explorer.runs.build.request import Config
from tools.peer_networks import PEERS, Peer, Prepare
from tools.peer_pictures import orientation_of, photographs_beside, written

# Pictures that a network is given at once, and from the least to the largest score of a class, as trained networks have it.
BATCH, RANGE = 10, 20.0
# Options of the command line that are the network's own; all others are the preparation's.
OWN = ("size", "mean", "std")


def compared(peer: Peer, data: Path, folder: Path) -> dict[str, Any]:
    """Return how the program's predictions differ from the library's, and the own accuracy that a built run says beside the library's.

    Args:
        peer: the network, without weights that mean anything.
        data: class folders ``train`` and ``test``.
        folder: to write the checkpoint into.
    """
    start = time.perf_counter()
    planned, prepare = checkpoint(peer, data, folder)
    found = differences(peer, planned, prepare)
    run = build(planned.config, peer.backbone.replace("/", "-"), silent)
    return {
        "checkpoint": peer.name,
        "library": f"{peer.library} {peer.version}",
        "options": " ".join(planned.config.own.to_argv()[2:]),
        **found,
        "accuracy said by the run": run.manifest.content.get("checkpoint_accuracy"),
        "seconds": round(time.perf_counter() - start, 1),
    }


def checkpoint(peer: Peer, data: Path, folder: Path) -> tuple[Plan, Prepare]:
    """Fit a network's last layer, save it as its library does; return what a build of it would compute, and the library's preparation."""
    folder.mkdir(parents=True, exist_ok=True)
    peer.save(peer.network.eval(), folder)  # the library's own preparation lies in the folder
    prepare = peer.prepare(folder)
    _settle(peer, torch.stack([prepare(_opened(file, peer.upright)) for file in sorted(data.glob("train/*/*"))]))
    _centre(peer.last, _scores(peer, prepare, sorted(data.glob("test/*/*")), peer.upright))
    path = peer.save(peer.network.eval(), folder)
    return plan(_config(peer, path, data), open_dataset(str(data))), prepare


def differences(peer: Peer, planned: Plan, prepare: Prepare) -> dict[str, Any]:
    """Return how the program's predictions on the test pictures differ from the library's; of turned ones in both ways."""
    test = planned.dataset.test
    files = list(test.pictures.paths)  # type: ignore[attr-defined]  # class folders hold files
    library = _scores(peer, prepare, files, peer.upright)
    turned = [row for row, file in enumerate(files) if orientation_of(file) > 1]
    other = _scores(peer, prepare, [files[row] for row in turned], not peer.upright)
    return {
        **_difference(library, _program(planned, range(len(files)), peer.upright)),
        "turned the other way": _difference(other, _program(planned, turned, not peer.upright)),
        "predicted": np.bincount(library.argmax(axis=1), minlength=2).tolist(),
        "accuracy": float((library.argmax(axis=1) == test.labels).mean()),
    }


def _config(peer: Peer, path: Path, data: Path) -> Config:
    """Return the request that the command line would make of a peer's options; pictures are opened as its library does."""
    options = {"orientation": UPRIGHT if peer.upright else AS_STORED} | peer.options
    known = {name: options.pop(name) for name in OWN if name in options}
    way = PreparationChoice(base=options.pop("preparation", ""), **options)
    return Config(str(data), peer.backbone, own=NetworkSpec.parse(str(path), preparation=way, **known), as_read=True)


def _program(planned: Plan, rows: Sequence[int], upright: bool) -> np.ndarray:
    """Return the scores ``(n, 2)`` of the network's own last layer on the features that a build computes."""
    network, test = planned.network().load(silent), planned.dataset.test
    usual = planned.preparation
    way = replace(usual, orientation=UPRIGHT if upright else AS_STORED)
    if way == usual:
        features = raw_features(network, planned.recipe(), test.take(np.array(rows)), "Features", silent)
    else:
        features = extract_features(network, test.pictures, rows, way)
    head = network.head()
    assert head is not None, "its own last layer was not found"
    scores: np.ndarray = features.astype(np.float64) @ head[0].T + head[1]
    return scores


def _opened(file: Path, upright: bool) -> Image.Image:
    with Image.open(file) as picture:
        turned = ImageOps.exif_transpose(picture) if upright else picture
        return turned.convert("RGB")


def _scores(peer: Peer, prepare: Prepare, files: Sequence[Path], upright: bool) -> np.ndarray:
    """Return the scores ``(n, 2)`` by the library alone."""
    found = []
    with torch.inference_mode():
        for start in range(0, len(files), BATCH):
            part = files[start : start + BATCH]
            found.append(peer.scores(torch.stack([prepare(_opened(file, upright)) for file in part])))
    return torch.cat(found).double().numpy()


def _settle(peer: Peer, images: Tensor) -> None:
    """Give a network the means of its batch norms on some pictures, and a last layer fitted to their two halves."""
    norms = [part for part in peer.network.modules() if isinstance(part, nn.modules.batchnorm._BatchNorm)]
    for part in norms:
        part.reset_running_stats()
        part.momentum = None
        part.train()
    seen: list[Tensor] = []
    handle = peer.last.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    with torch.no_grad():
        for _ in range(2 if norms else 1):
            seen.clear()
            for start in range(0, len(images), BATCH):
                peer.scores(images[start : start + BATCH])
            peer.network.eval()
        handle.remove()
        features = torch.cat(seen).double()
        _fit(peer.last, features, torch.arange(len(features)) < len(features) // 2)


def _fit(last: nn.Linear, features: Tensor, first: Tensor) -> None:
    """Set a last layer without bias that tells two halves apart by ridge regression."""
    mean, deviation = features.mean(0), features.std(0).clamp(min=1e-6 * float(features.abs().max()))
    rows = (features - mean) / deviation
    wanted = first.double() * 2 - 1
    gram = rows @ rows.T + 0.1 * len(rows[0]) * torch.eye(len(rows), dtype=torch.float64)
    slopes = (rows.T @ torch.linalg.solve(gram, wanted)) / deviation
    slopes /= (features @ slopes).std()
    last.weight.copy_(torch.stack([slopes, -slopes]))
    last.bias.zero_()


def _centre(last: nn.Linear, scores: np.ndarray) -> None:
    """Shift and scale a last layer so that it takes half of some pictures for each class, with scores of the range :data:`RANGE`.

    Their scores ``(n, 2)`` are given, of a layer without bias.
    """
    gap = np.sort(scores[:, 1] - scores[:, 0]) / 2
    scale, middle = RANGE / float(gap[-1] - gap[0]), float(gap[len(gap) // 2 - 1 :][:2].mean())
    with torch.no_grad():
        last.weight.mul_(scale)
        last.bias.copy_(torch.tensor([middle, -middle]) * scale)


def _difference(library: np.ndarray, program: np.ndarray) -> dict[str, Any]:
    """Return how many predictions differ, the largest difference of the scores, and the same as a part of their range."""
    largest = float(np.abs(library - program).max())
    return {
        "pictures": len(library),
        "differing": int((library.argmax(axis=1) != program.argmax(axis=1)).sum()),
        "largest": float(f"{largest:.2g}"),
        "of the range": float(f"{largest / float(np.ptp(library)):.2g}"),
    }


def main() -> None:
    """Compare all of them, or those that were asked for, and print."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("names", nargs="*", help=", ".join(PEERS))
    words.add_argument("--pictures", type=int, default=150)
    words.add_argument("--json", action="store_true")
    asked = words.parse_args()
    found = []
    with tempfile.TemporaryDirectory() as place:
        os.environ["EXPLORER_HOME"] = str(Path(place, "home"))
        data = written(Path(place, "data"), photographs_beside(Path.cwd()), 60, asked.pictures)
        for number, name in enumerate(asked.names or PEERS):
            torch.manual_seed(number)
            found.append({"name": name} | compared(PEERS[name](), data, Path(place, str(number))))
            print(json.dumps(found[-1]) if asked.json else _line(found[-1]), flush=True)


def _line(row: dict[str, Any]) -> str:
    other = row["turned the other way"]
    return (
        f"{row['name']:30} {row['library']:20} {row['differing']} of {row['pictures']} differ, largest {row['largest']:.1e}; "
        f"turned: {other['differing']} of {other['pictures']}, {other['largest']:.1e}; predicted {row['predicted']}, "
        f"{row['accuracy']:.3f} and {row['accuracy said by the run']}; {row['seconds']} s"
    )


if __name__ == "__main__":
    main()
