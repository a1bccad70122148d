"""A picture of no data set: what a run's network sees in it, and who taught the model what it says of it.

Nothing here writes a file. The picture becomes a row of numbers as the run's own pictures did; from there its scores are
those of any test image.
"""

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from PIL import Image

from explorer.core.checksums import digest
from explorer.core.errors import ExplorerError
from explorer.datasets.base import Pictures
from explorer.datasets.picture import fault, read_picture
from explorer.runs.results.explanation import Attribution, attributed, check_top
from explorer.runs.run import Run
from explorer.runs.thumbnails import data_address, shrunk

if TYPE_CHECKING:
    from explorer.models.pixels import FeaturePipeline

# A photograph of a hundred megapixels has 40 MB as JPEG; a larger file is kept out of a server that many share.
MOST_BYTES = 50 * 2**20
# Pictures a side that look most alike to the network, whose pixels are compared: equal pixels come before all others.
NEAREST = 8


@dataclass(frozen=True, eq=False)
class Visitor:
    """A picture as one run sees it.

    Attributes:
        features: ``(d,)`` float64, standardised as the run's are, last number 1.
        pixels: SHA-256 of its size and its pixels in RGB.
        thumbnail: the picture, made small, as a data address.
    """

    features: np.ndarray
    pixels: str
    thumbnail: str

    def told(self) -> dict[str, str]:
        """Return it as JSON carries it."""
        features = base64.b64encode(np.ascontiguousarray(self.features).tobytes()).decode()
        return {"features": features, "pixels": self.pixels, "thumbnail": self.thumbnail}

    @staticmethod
    def of(told: dict[str, Any]) -> "Visitor":
        """Return what :meth:`told` said."""
        features = np.frombuffer(base64.b64decode(told["features"]), dtype=np.float64)
        return Visitor(features, told["pixels"], told["thumbnail"])


def check_bytes(content: bytes) -> None:
    """Raise where a file is too large to be looked at.

    Raises:
        ExplorerError: it is.
    """
    if len(content) > MOST_BYTES:
        raise ExplorerError(f"This picture cannot be used: it has more than {MOST_BYTES // 2**20} MB.")


def opened(content: bytes) -> Image.Image:
    """Return the bytes of a file as a picture in RGB.

    Raises:
        ExplorerError: they are none, more than a picture, or too large a one; the sentence says which.
    """
    check_bytes(content)
    if reason := fault(content):
        raise ExplorerError(f"This picture cannot be used: {reason}.")
    return read_picture(content)


def beside(run: Run) -> tuple[int, int]:
    """Return the size in px of the run's first test image: what a visitor is prepared beside."""
    return run.dataset.test.pictures[0].size


def see(view: "FeaturePipeline", content: bytes, size: tuple[int, int]) -> Visitor:
    """Return a picture as a run sees it.

    Args:
        view: of the run, by :func:`explorer.runs.network_view.view_of`, which loads torch and the network.
        content: bytes of a file.
        size: of :func:`beside`. How a square picture is enlarged depends on whether those that it is read with are of
            its size, so it is read with one of the run's size, as it would have been in a build.

    Raises:
        ExplorerError: the bytes are no picture.
    """
    from explorer.models.backbones import extract_features
    from explorer.models.standardisation import standardised

    picture = opened(content)
    both = cast(Pictures, [picture, Image.new("RGB", size)])
    raw = extract_features(view.network, both, range(2), view.size)[:1]
    features = standardised(raw, view.mean, view.deviation)[0]
    return Visitor(features, pixels(picture), data_address(*shrunk(picture)))


def pixels(picture: Image.Image) -> str:
    """Return the SHA-256 of a picture's size and its pixels."""
    return digest(f"{picture.width} {picture.height} ".encode() + picture.tobytes())


def twins(run: Run, visitor: Visitor) -> list[tuple[str, int]]:
    """Return the run's images ``(side, index)`` that have a visitor's very pixels, training images first."""
    return [
        (side, row)
        for side, features in (("train", run.head.train_features), ("test", run.test_features))
        for row in sorted(_nearest(features, visitor.features))
        if pixels(run.dataset.split(side).pictures[run.picture_row(side, row)]) == visitor.pixels
    ]


def _nearest(features: np.ndarray, own: np.ndarray) -> list[int]:
    """Return the rows of ``features`` ``(n, d)`` with the smallest distances to ``own`` ``(d,)``."""
    count = min(NEAREST, len(features))
    if not count:
        return []
    distances = np.einsum("nd,nd->n", features, features) - 2 * (features @ own)
    return [int(row) for row in np.argpartition(distances, count - 1)[:count]]


def explain_visitor(
    run: Run, visitor: Visitor, method: str | None = None, top: int = 24, target_class: str | None = None
) -> Attribution:
    """Return the strongest helpful and harmful training images of a visitor, attributed to the predicted class.

    Args:
        run: whose network saw it.
        visitor: the picture.
        method: the estimator; the run's own one where None.
        top: training images a side.
        target_class: attribute to this class instead.

    Raises:
        ExplorerError: method, top or class do not exist, or the method needs more of an image than the run's network.
    """
    check_top(top)
    features = visitor.features[None]
    shares = run.head.probabilities(features)
    target = int(shares.argmax()) if target_class is None else run.class_index(target_class)
    method = method or run.default_method
    tests = run.scorer(method).tests(features, np.array([target]))
    return attributed(run, tests, shares, method, top)[0]
