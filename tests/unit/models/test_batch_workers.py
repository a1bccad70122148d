"""Batches of pictures beside one another: what one batch frees the next one takes."""

import platform
import resource

import numpy as np
import pytest
from PIL import Image
from torch import nn

from explorer.models.backbones import extract_features
from explorer.models.batch_workers import one_thread_each
from explorer.models.preparation.batches import BATCH


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has mallopt")
def test_batches_take_the_memory_that_the_ones_before_have_freed():
    pictures = [Image.fromarray(np.full((64, 64, 3), value, np.uint8)) for value in range(20 * BATCH)]
    network = nn.Sequential(nn.Conv2d(3, 64, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 2))
    with one_thread_each():
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        extract_features(network.eval(), pictures, range(len(pictures)), 64)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before < 30_000, "40 arrays of 2,560 pages each"
