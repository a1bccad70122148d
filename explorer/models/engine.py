"""Which library computes a frozen network on a processor: ONNX Runtime where a sample says that it is faster and agrees, else torch.

The features are those of torch to :data:`AGREEMENT` of the largest value, less than batches or devices differ, so that a run has the
same id and features the same place in the cache, whichever computed them. Derivatives by pixels always come from torch.
"""

import io
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from explorer.core.progress import Progress
from explorer.datasets.pictures import Pictures
from explorer.models.batch_workers import one_thread_each
from explorer.models.feature_extractor import FeatureExtractor
from explorer.models.libraries.extras import installed
from explorer.models.libraries.onnx.network import OnnxFeatures
from explorer.models.libraries.onnx.session import session
from explorer.models.preparation.batches import BATCH, batches
from explorer.models.preparation.preparation import Preparation

TORCH, ONNX_RUNTIME = "torch", "ONNX Runtime"
# Largest difference that is allowed, as a part of the largest value; 2e-6 is usual.
AGREEMENT = 1e-5
# ONNX Runtime is taken where it is at least so many times as fast.
GAIN = 1.1
# Seconds that loading it, turning the network into a graph and the sample take, and the part of torch's time that it usually saves.
TRIAL_SECONDS, USUAL_SAVING = 2.0, 0.3
# For fewer pictures nothing is tried.
LEAST = 100
# Batches of a sample beside the one that warms up; one where that takes longer than so many seconds.
SAMPLED, SLOW = 3, 1.0


@dataclass(frozen=True)
class Engine:
    """What computes the features.

    Attributes:
        name: :data:`TORCH` or :data:`ONNX_RUNTIME`.
        times: how many times as fast as torch it was in the sample; None where nothing was compared.
        difference: largest of the sample, as a part of the largest value.
    """

    name: str = TORCH
    times: float | None = None
    difference: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return it as manifests and preflight reports have it."""
        known = {"times": self.times, "difference": self.difference}
        return {"name": self.name} | {name: float(f"{value:.2g}") for name, value in known.items() if value is not None}


def choose_engine(
    network: nn.Module,
    pictures: Pictures,
    rows: Sequence[int],
    how: Preparation,
    count: int,
    progress: Progress,
) -> Engine:
    """Let the faster library compute a network's features from now on; return which it is.

    Args:
        network: that was loaded; torch stays where it is no feature extractor on a processor.
        pictures: the images of a sample.
        rows: their indices, some batches.
        how: the preparation.
        count: pictures whose features are to be computed.
        progress: reports the sample.
    """
    if not isinstance(network, FeatureExtractor):
        return Engine()
    if isinstance(network.network, OnnxFeatures):
        return Engine(ONNX_RUNTIME)
    if network.mean.device.type != "cpu" or count < LEAST or len(rows) < 2 * BATCH or not installed("onnx"):
        return Engine()
    progress("Comparing torch and ONNX Runtime", 0, 1)
    cores = torch.get_num_threads()
    with one_thread_each(), torch.inference_mode():
        engine = _compared(network, batches(pictures, rows, how), count, cores)
    progress("Comparing torch and ONNX Runtime", 1, 1)
    return engine


def _compared(network: FeatureExtractor, given: Iterator[Tensor], count: int, cores: int) -> Engine:
    """Time both on a sample, in one thread each, and keep the better one."""
    first = next(given)
    _, slow = _timed(network, [first])
    sample = [batch for batch, _ in zip(given, range(1 if slow > SLOW else SAMPLED), strict=False)] or [first]
    truth, seconds = _timed(network, sample)
    each = seconds / sum(map(len, sample))
    if USUAL_SAVING * each * count / cores < TRIAL_SECONDS:
        return Engine()
    try:
        network.quick = _graph(network, first[:2])
        _timed(network, [first])
        found, less = _timed(network, sample)
    except Exception:  # what cannot be turned into a graph, or runs into a bound, stays with torch
        network.quick = None
        return Engine()
    difference = float(np.abs(found - truth).max() / max(np.abs(truth).max(), np.finfo(np.float32).tiny))
    times = seconds / max(less, 1e-9)
    taken = times >= GAIN and difference <= AGREEMENT and found.shape == truth.shape
    if not taken:
        network.quick = None
    return Engine(ONNX_RUNTIME if taken else TORCH, times, difference)


def _timed(network: FeatureExtractor, sample: Sequence[Tensor]) -> tuple[np.ndarray, float]:
    """Return the features of some batches, and the seconds of processor time that they took."""
    start = time.thread_time()
    features = [network(batch).numpy() for batch in sample]
    return np.concatenate(features), time.thread_time() - start


def with_graph(network: FeatureExtractor, size: int) -> FeatureExtractor:
    """Return a network that ONNX Runtime computes from now on; one that another process chose it for."""
    if not isinstance(network.network, OnnxFeatures):
        with one_thread_each():
            network.quick = _graph(network, torch.zeros(2, 3, size, size))
    return network


class _Features(nn.Module):
    """Normalised images to features, as a module that can be traced."""

    def __init__(self, extractor: FeatureExtractor) -> None:
        super().__init__()
        self.extractor = extractor

    def forward(self, images: Tensor) -> Tensor:
        """Return the features ``(b, d)``."""
        return self.extractor.features_of(images)


def _graph(network: FeatureExtractor, images: Tensor) -> Callable[[Tensor], Tensor]:
    """Return a function from normalised images to features that ONNX Runtime computes.

    Raises:
        Exception: torch cannot trace the network, or ONNX Runtime cannot run it.
    """
    stored: Any = io.BytesIO()  # which its types leave out for this exporter
    with warnings.catch_warnings(), _ordinary_mode():
        warnings.simplefilter("ignore")  # torch calls this exporter old; the other one takes half a minute
        torch.onnx.export(
            _Features(network).eval(),
            (images.clone(),),
            stored,
            dynamo=False,
            input_names=["images"],
            output_names=["features"],
            dynamic_axes={"images": {0: "batch"}, "features": {0: "batch"}},
        )
    running = session(stored.getvalue())

    def quick(images: Tensor) -> Tensor:
        pixels = np.ascontiguousarray(images.numpy())
        return torch.from_numpy(running.run(None, {"images": pixels})[0])

    return quick


@contextmanager
def _ordinary_mode() -> Iterator[None]:
    """Context manager: torch traces without recording derivatives, but not in the inference mode around it."""
    with torch.inference_mode(False), torch.no_grad():
        yield
