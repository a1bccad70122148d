"""The pictures that are asked about, as a run's network is given them."""

from collections.abc import Iterator, Sequence
from typing import cast

import numpy as np
import torch
from torch import Tensor

from explorer.attribution.whole_network import Questions
from explorer.core.progress import Progress, silent
from explorer.datasets.base import Split
from explorer.datasets.pictures import Pictures
from explorer.models.small_cnn import normalised
from explorer.runs.own_pictures import external_image
from explorer.runs.run import Run
from explorer.runs.whole_network.asked import Asked
from explorer.runs.whole_network.tuned import parts_of

# Test images that are held at once.
PART = 50


def test_pixels(run: Run, rows: Sequence[int]) -> Tensor:
    """Return test images of a run as its network is given them ``(b, 3, s, s)``."""
    return given_pictures(run, run.dataset.test.take(np.asarray(rows, dtype=np.int64)))


def given_pictures(run: Run, split: Split, progress: Progress = silent) -> Tensor:
    """Return pictures as the part of a run's network that is trained is given them ``(b, 3, s, s)``; before a block, as rows ``(b, k)``."""
    if run.manifest.finetune:
        return parts_of(run).given(split, progress)
    return normalised(split, int(run.manifest.recipe["size"]), progress)


def all_test_pixels(run: Run) -> Iterator[Tensor]:
    """Yield all test images of a run, in parts."""
    for rows in torch.arange(len(run.test_labels)).split(PART):
        yield test_pixels(run, rows.tolist())


def picture_pixels(run: Run, content: bytes) -> np.ndarray:
    """Return a picture of one's own, the bytes of a file, as a run's network is given it ``(1, 3, s, s)``.

    Raises:
        ExplorerError: the bytes are no picture.
    """
    pictures = cast(Pictures, [external_image.decode(content)])
    if run.manifest.finetune:
        return parts_of(run).given_of(pictures).numpy()
    return given_pictures(run, Split(pictures, np.zeros(1, dtype=np.int64))).numpy()


def questions_of(run: Run, asked: Asked) -> Questions:
    """Return what is asked as tensors."""
    pixels = torch.from_numpy(asked.pixels) if asked.pixels is not None else test_pixels(run, asked.rows or ())
    return Questions(pixels, torch.tensor([*asked.targets]), asked.kind, asked.together)
