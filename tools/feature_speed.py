"""Pictures a second from stored pictures to features: one batch after another in torch's own threads, as before, against now.

``python -m tools.feature_speed FOLDER`` (or a data set's name) prints both of a run, interleaved, with the processor time of each.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Sequence

import numpy as np
import torch

from explorer.core.progress import silent
from explorer.datasets import open_dataset
from explorer.datasets.base import Pictures
from explorer.models.backbones import Backbone, extract_features
from explorer.models.engine import choose_engine
from explorer.models.feature_extractor import FeatureExtractor
from explorer.models.preparation.batches import batches
from explorer.models.preparation.preparation import Preparation


def before(network: FeatureExtractor, pictures: Pictures, rows: Sequence[int], way: Preparation) -> np.ndarray:
    """The way of before: batches one after another, each in all of torch's threads."""
    quick, network.quick = network.quick, None
    with torch.inference_mode():
        features = torch.cat([network(batch) for batch in batches(pictures, rows, way)]).numpy()
    network.quick = quick
    return features


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
