"""Every method's scores on the judged test images, and what they cost; kept group by group, so that an exact pass is made once."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from hashlib import sha256
from pathlib import Path

import numpy as np

from explorer.attribution.whole_network import Questions, Recording, WholeNetworkEstimator
from explorer.core.cached_result import cached_array, cached_dict
from explorer.core.checksums import canonical, digest
from explorer.core.progress import Progress
from explorer.evaluation.retrainings import Exam
from explorer.runs.whole_network.truth.costs import spending

# Questions that go back through a training together.
TOGETHER = 16


@dataclass(frozen=True, eq=False)
class Judged:
    """A method's scores.

    Attributes:
        scores: what removing each training image does to each judged test image ``(n, m)``: a sum of them is a prediction.
        losses: whether of its loss, else of its margin.
        unit: ``"nats"``, or ``""`` where only their order means something.
        seconds_prepare: that the index took.
        seconds_query: of one question.
        bytes_per_image: of the index.
        peak_memory_bytes: of the process, with one question.
    """

    scores: np.ndarray
    losses: bool
    unit: str
    seconds_prepare: float
    seconds_query: float
    bytes_per_image: float
    peak_memory_bytes: int


@dataclass(frozen=True, eq=False)
class Index:
    """What an estimator has prepared.

    Attributes:
        arrays: by name.
        seconds: that it took.
        peak_memory_bytes: of the process meanwhile; 0 where it is not known.
    """

    arrays: dict[str, np.ndarray]
    seconds: float
    peak_memory_bytes: int = 0

    @cached_property
    def digest(self) -> str:
        """Of its content."""
        hashed = sha256()
        for name, array in sorted(self.arrays.items()):
            hashed.update(canonical([name, str(array.dtype), list(array.shape)]))
            hashed.update(np.ascontiguousarray(array).tobytes())
        return hashed.hexdigest()

    def bytes_per_image(self, images: int) -> float:
        """Return the bytes that grow with the training images, for each of them; what is kept once is not counted."""
        return sum(array.nbytes for array in self.arrays.values() if images in array.shape) / images


def prepared(estimator: WholeNetworkEstimator, recording: Recording, progress: Progress) -> Index:
    """Return an estimator's index, computed now."""
    with spending() as spent:
        arrays = estimator.prepare(recording, progress)
    return Index(arrays, spent.seconds, spent.peak_memory_bytes)


def whole_network_scores(
    folder: Path,
    estimator: WholeNetworkEstimator,
    recording: Recording,
    index: Index,
    exam: Exam,
    progress: Progress,
) -> Judged:
    """Return an estimator's scores on margins of test images, those of finished groups from ``folder``."""
    asked = sha256(np.ascontiguousarray(exam.pixels).tobytes() + exam.labels.numpy().tobytes()).hexdigest()
    folder = folder / digest(canonical([repr(estimator), index.digest, asked]))[:16]

    def answered(rows: slice) -> np.ndarray:
        questions = Questions(exam.pixels[rows], exam.labels[rows], "margin")
        return np.asarray(estimator.scores(recording, index.arrays, questions), dtype=np.float32)

    cost = cached_dict(folder / "cost.json").get_or_compute(lambda: _cost(answered))
    groups = [slice(start, start + TOGETHER) for start in range(0, len(exam.labels), TOGETHER)]
    rows = []
    for done, group in enumerate(groups):
        progress("Scores of the judged images", done, len(groups))
        rows.append(cached_array(folder / f"scores-{done}.npy").get_or_compute(partial(answered, group)))
    progress("Scores of the judged images", len(groups), len(groups))
    images = len(recording.training.labels)
    return Judged(
        np.concatenate(rows).T.astype(np.float64),
        False,
        estimator.unit,
        index.seconds,
        cost["seconds"],
        index.bytes_per_image(images),
        max(cost["peak"], index.peak_memory_bytes),
    )


def _cost(answered: Callable[[slice], np.ndarray]) -> dict[str, float]:
    """Return what one question takes alone."""
    with spending() as spent:
        answered(slice(0, 1))
    return {"seconds": spent.seconds, "peak": spent.peak_memory_bytes}
