"""The maps of one pair: which patches of a test and of a training picture a score hangs on, as pictures with their colours."""

import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from explorer.core.errors import ExplorerError
from explorer.evaluation.saliency import LabelledPicture, score_patches
from explorer.runs.network_view import picture_of
from explorer.runs.run import Run

if TYPE_CHECKING:
    from explorer.models.pixels import FeaturePipeline

# Colours of at most 14 patches a side; a browser enlarges them without a step between patches.
LONGEST = 224
# Of 255, where most is carried; the picture below stays to be seen.
OPAQUE = 215
YELLOW = (255, 234, 70)


def score_layers(
    run: Run, view: "FeaturePipeline", test: int, train: int, target: str | None = None
) -> dict[str, bytes]:
    """Return for ``"train"`` and ``"test"`` a PNG of the picture's shape to lie over it: clear where it carries nothing of
    the score, yellow where most.

    The score is the first-order one (``influence``); weights and curvature are held fixed.

    Args:
        run: whose head is meant.
        view: its network, by :func:`explorer.runs.network_view.view_of`.
        test: row of a test image.
        train: row of a training image.
        target: the class whose loss is meant, in place of the test image's label.

    Raises:
        ExplorerError: the run has no such image or class, no pictures, or a head too large to be solved exactly.
    """
    if not run.curvature.dense:
        raise ExplorerError(
            "The last layer of this run has too many weights to compute where in a picture a score lies."
        )
    one, other = _labelled(run, "train", run.check_train(train)), _labelled(run, "test", run.check_test(test))
    if target is not None:
        other = LabelledPicture(other.picture, run.class_index(target))
    on_train, on_test = score_patches(view, run.curvature, one, other)
    return {"train": _layer(one.picture, on_train), "test": _layer(other.picture, on_test)}


def _labelled(run: Run, side: str, row: int) -> LabelledPicture:
    return LabelledPicture(picture_of(run, side, row), int(run.labels(side)[row]))


def _layer(picture: Image.Image, sums: np.ndarray) -> bytes:
    """Return a map ``(count, count)`` as a PNG: yellow, and the more opaque the more a patch carries."""
    scale = LONGEST / max(picture.size)
    width, height = (max(1, round(side * scale)) for side in picture.size)
    level = np.maximum(sums, 0) / max(float(sums.max()), np.finfo(float).tiny)
    opacity = Image.fromarray((OPAQUE * level).astype(np.uint8)).resize((width, height), Image.Resampling.BICUBIC)
    layer = Image.new("RGB", (width, height), YELLOW)
    layer.putalpha(opacity)
    buffer = io.BytesIO()
    layer.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
