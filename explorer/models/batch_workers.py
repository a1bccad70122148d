"""Batches of pictures beside one another on a processor: each core decodes, prepares and computes a batch of its own.

A network of many small layers in two threads waits at the end of each layer for the slower one; two batches in one thread each
wait for nothing, and while one is decoded the other one computes.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import torch
from torch import Tensor

from explorer.core.allocation import reused_memory
from explorer.datasets.pictures import Pictures
from explorer.models.feature_extractor import FeatureExtractor
from explorer.models.preparation.batches import BATCH, batches
from explorer.models.preparation.preparation import Preparation


def features_in_batches(
    extractor: FeatureExtractor, pictures: Pictures, rows: Sequence[int], how: Preparation | int, batch: int = BATCH
) -> Tensor:
    """Return the features ``(n, d)`` of some pictures, on the processor.

    Each batch holds the same pictures whatever the number of cores, and is computed by one of them.

    Args:
        extractor: of the features; hooks of one thread hear nothing of another one's.
        pictures: the images.
        rows: their indices.
        how: the preparation.
        batch: pictures that go through the network at once.
    """
    parts = [rows[start : start + batch] for start in range(0, len(rows), batch)]
    workers = min(len(parts), torch.get_num_threads() if extractor.mean.device.type == "cpu" else 1)

    def features(part: Sequence[int]) -> Tensor:
        with torch.inference_mode():
            return torch.cat([extractor(images).cpu() for images in batches(pictures, part, how, batch)])

    if len(parts) < 2:
        return torch.cat([features(part) for part in parts])
    with reused_memory():
        return torch.cat([features(part) for part in parts] if workers < 2 else _by_threads(features, parts, workers))


def _by_threads(features: Callable[[Sequence[int]], Tensor], parts: list[Sequence[int]], workers: int) -> list[Tensor]:
    with one_thread_each(), ThreadPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        done = [pool.submit(features, part) for part in parts]
        try:
            return [each.result() for each in done]
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Context manager: torch computes in the thread that calls it; afterwards in as many as before."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
