"""The maps of one pair: which patches of a test and of a training picture a score hangs on, as pictures with their colours."""

import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from explorer.core.errors import ExplorerError
from explorer.evaluation.saliency import LabelledPicture, colour_layer, score_patches
from explorer.runs.network_view import picture_of
from explorer.runs.run import Run

if TYPE_CHECKING:
    from explorer.models.pixels import FeaturePipeline

# Colours of at most 14 patches a side; a browser enlarges them without a step between patches.
LONGEST = 224


def score_layers(
    run: Run, view: "FeaturePipeline", test: int, train: int, target: str | None = None
) -> dict[str, bytes]:
    """Return for ``"train"`` and ``"test"`` a PNG of the picture's shape, yellow where the score hangs on it most.

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
    scale = LONGEST / max(picture.size)
    width, height = (max(1, round(side * scale)) for side in picture.size)
    buffer = io.BytesIO()
    Image.fromarray(colour_layer((width, height), sums).astype(np.uint8)).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
