"""An image outside the data set: its features under a run's network, and its attribution.

Nothing here writes a file. The image becomes a row of features by the same steps as the run's own images; from there its
scores are those of any test image.
"""

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from PIL import Image

from explorer.core.checksums import digest
from explorer.core.errors import ExplorerError
from explorer.datasets.picture import fault, read_picture
from explorer.datasets.pictures import Pictures
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
class ExternalImage:
    """An image outside the data set, embedded by the network of one run.

    Attributes:
        features: ``(d,)`` float64, standardised as the run's are, last number 1.
        pixels: SHA-256 of its size and its pixels in RGB.
        thumbnail: the picture, made small, as a data address.
    """

    features: np.ndarray
    pixels: str
    thumbnail: str

    def to_dict(self) -> dict[str, str]:
        """Return JSON values, the features as base64 of their float64 bytes."""
        features = base64.b64encode(np.ascontiguousarray(self.features).tobytes()).decode()
        return {"features": features, "pixels": self.pixels, "thumbnail": self.thumbnail}

    @staticmethod
    def from_dict(content: dict[str, Any]) -> "ExternalImage":
        """Return the image of :meth:`to_dict`."""
        features = np.frombuffer(base64.b64decode(content["features"]), dtype=np.float64)
        return ExternalImage(features, content["pixels"], content["thumbnail"])


def check_bytes(content: bytes) -> None:
    """Check that a file is small enough to be decoded in a server that many share.

    Raises:
        ExplorerError: it has more than ``MOST_BYTES``.
    """
    if len(content) > MOST_BYTES:
        raise ExplorerError(f"This picture cannot be used: it has more than {MOST_BYTES // 2**20} MB.")


def decode(content: bytes) -> Image.Image:
    """Decode the bytes of a file into an RGB image.

    Raises:
        ExplorerError: they are none, more than a picture, or too large a one; the sentence says which.
    """
    check_bytes(content)
    if reason := fault(content):
        raise ExplorerError(f"This picture cannot be used: {reason}.")
    return read_picture(content)


def reference_size(run: Run) -> tuple[int, int]:
    """Return the size in px of the run's first test image, beside which an external image is prepared."""
    return run.dataset.test.pictures[0].size


def embed(view: "FeaturePipeline", content: bytes, size: tuple[int, int]) -> ExternalImage:
    """Return an image with its features under a run's network.

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

    picture = decode(content)
    given = picture if view.how.is_usual else read_picture(content, decoding=view.how.decoding)
    both = cast(Pictures, [given, Image.new("RGB", size)])
    raw = extract_features(view.network, both, range(2), view.how)[:1]
    features = standardised(raw, view.mean, view.deviation)[0]
    return ExternalImage(features, pixels(picture), data_address(*shrunk(picture)))


def pixels(picture: Image.Image) -> str:
    """Return the SHA-256 of a picture's size and its pixels."""
    return digest(f"{picture.width} {picture.height} ".encode() + picture.tobytes())


def identical_images(run: Run, image: ExternalImage) -> list[tuple[str, int]]:
    """Return the run's images ``(side, index)`` with exactly the pixels of an external one, training images first."""
    return [
        (side, row)
        for side, features in (("train", run.head.train_features), ("test", run.test_features))
        for row in sorted(_nearest(features, image.features))
        if pixels(run.dataset.split(side).pictures[run.picture_row(side, row)]) == image.pixels
    ]


def _nearest(features: np.ndarray, own: np.ndarray) -> list[int]:
    """Return the rows of ``features`` ``(n, d)`` with the smallest distances to ``own`` ``(d,)``."""
    count = min(NEAREST, len(features))
    if not count:
        return []
    distances = np.einsum("nd,nd->n", features, features) - 2 * (features @ own)
    return [int(row) for row in np.argpartition(distances, count - 1)[:count]]


def explain_external(
    run: Run, image: ExternalImage, method: str | None = None, top: int = 24, target_class: str | None = None
) -> Attribution:
    """Return the strongest helpful and harmful training images of an external image, attributed to its predicted class.

    Args:
        run: whose network embedded it.
        image: to be explained.
        method: the estimator; the run's own one where None.
        top: training images a side.
        target_class: attribute to this class instead.

    Raises:
        ExplorerError: method, top or class do not exist, or the method needs more of an image than the run's network.
    """
    check_top(top)
    features = image.features[None]
    shares = run.head.probabilities(features)
    target = int(shares.argmax()) if target_class is None else run.class_index(target_class)
    method = method or run.default_method
    tests = run.scorer(method).tests(features, np.array([target]))
    return attributed(run, tests, shares, method, top)[0]
