"""Pictures a second from stored pictures to features: one batch after another in torch's own threads, as before, against now.

``python -m tools.feature_speed FOLDER`` (or a data set's name) prints both of a run, interleaved, with the processor time of each.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from explorer.core.progress import silent
from explorer.datasets import open_dataset
from explorer.datasets.pictures import Pictures
from explorer.models.backbones import Backbone, extract_features
from explorer.models.engine import choose_engine
from explorer.models.feature_extractor import FeatureExtractor
from explorer.models.preparation.batches import BATCH, centre_crop
from explorer.models.preparation.preparation import Preparation


def before(network: FeatureExtractor, pictures: Pictures, rows: Sequence[int], way: Preparation) -> np.ndarray:
    """The way of before: batches one after another, each in all of torch's threads, colours last in memory throughout."""
    features = []
    with torch.inference_mode():
        for start in range(0, len(rows), BATCH):
            images = _prepared_before([pictures[row] for row in rows[start : start + BATCH]], way.size[0])
            normalised = (images - network.mean) / network.deviation
            features.append(network.features_of(normalised.contiguous(memory_format=torch.channels_last)))
    return torch.cat(features).numpy()


def _prepared_before(pictures: list[Image.Image], size: int) -> Tensor:
    """Return pictures as ``(b, 3, size, size)`` in 0 … 1: small squares enlarged together, of others the middle."""
    side = pictures[0].width
    if all(picture.size == (side, side) for picture in pictures):
        batch = torch.from_numpy(np.stack([np.asarray(picture) for picture in pictures])).permute(0, 3, 1, 2) / 255
        return functional.interpolate(batch, (size, size), mode="bicubic", antialias=True).clamp(0, 1)
    return torch.stack([torch.from_numpy(_middle(picture, size)).permute(2, 0, 1) / 255 for picture in pictures])


def _middle(picture: Image.Image, size: int) -> np.ndarray:
    shape, (left, top) = centre_crop(picture.size, size)
    scaled = picture.resize(shape, Image.Resampling.BICUBIC)
    return np.array(scaled.crop((left, top, left + size, top + size)))


def timed(work: Callable[[], np.ndarray]) -> tuple[np.ndarray, float, float]:
    """Return features, seconds, and seconds of the processor."""
    start, used = time.perf_counter(), time.process_time()
    features = work()
    return features, time.perf_counter() - start, time.process_time() - used


def main() -> None:
    """Measure and print."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("dataset")
    words.add_argument("--backbone", default="mobilenet_v2")
    words.add_argument("--size", type=int, default=128)
    words.add_argument("--pictures", type=int, default=300)
    words.add_argument("--rounds", type=int, default=5)
    words.add_argument("--torch-only", action="store_true", help="do not let ONNX Runtime compute")
    asked = words.parse_args()
    pictures, way = open_dataset(asked.dataset).train.pictures, Preparation.usual(asked.size)
    network = Backbone(asked.backbone, asked.size).load(silent)
    rows = np.unique(np.linspace(0, len(pictures) - 1, asked.pictures).astype(int)).tolist()
    if not asked.torch_only:
        print(choose_engine(network, pictures, rows[:40], way, 10**6, silent))
    ways = {
        "before": lambda: before(network, pictures, rows, way),
        "now": lambda: extract_features(network, pictures, rows, way),
    }
    rounds = [{name: timed(work) for name, work in ways.items()} for _ in range(asked.rounds + 1)][1:]
    old, new = (rounds[0][name][0] for name in ways)
    difference = np.abs(new - old).max() / np.abs(old).max()
    for name in ways:
        wall, used = (statistics.median(each[name][place] for each in rounds) for place in (1, 2))
        print(
            f"{name:7} {len(rows) / wall:6.0f} pictures a second, {1000 * used / len(rows):5.2f} ms of processor time each"
        )
    pairs = [each["before"][1] / each["now"][1] for each in rounds]
    print(
        f"times   {statistics.median(pairs):.2f} ({min(pairs):.2f} to {max(pairs):.2f}), {torch.get_num_threads()} threads"
    )
    print(f"largest difference {difference:.1e} of the largest value")


if __name__ == "__main__":
    main()
