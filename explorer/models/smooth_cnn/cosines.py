"""The first layer, which is not trained: the cosine transform of small overlapping windows, of brightness and of two contrasts of colour.

The pictures of a training set are not needed for it, so that an image of weight 0 has no part in it either. Neighbouring pixels
are nearly equal, so a picture's pixels say the same thing many times; its cosine coefficients hardly do, and of a picture's
detail only the coarse part is kept. What a convolution reads is then about as strong in each of its channels, and a gentle
training gets as far as a wild one on pixels.
"""

import math
from functools import cache

import torch
from torch import Tensor
from torch.nn import functional

# Pixels of a window's side, and from one window to the next.
WINDOW, STRIDE = 4, 2
# Brightness, red against blue, green against both.
COLOURS = ((1.0, 1.0, 1.0), (1.0, 0.0, -1.0), (1.0, -2.0, 1.0))
# The deviation of the mean of a window in each colour, as photographs have it where pixels have a deviation near 1.
DEVIATIONS = (6.0, 1.5, 0.75)
# A coefficient of order k has about (1 + k)⁻² of that deviation.
FALL = 2


def channels(detail: int) -> int:
    """Return how many channels the first layer makes of a picture: three colours of each cosine of an order up to ``detail``."""
    return len(COLOURS) * len(_orders(detail))


def coefficients(pixels: Tensor, detail: int) -> Tensor:
    """Return the cosine coefficients ``(b, channels, s/2, s/2)`` of pictures ``(b, 3, s, s)``, each of a deviation near 1."""
    found = functional.conv2d(pixels, kernels(detail).to(pixels.dtype), stride=STRIDE, padding=(WINDOW - STRIDE) // 2)
    return found.contiguous(memory_format=torch.channels_last)


@cache
def kernels(detail: int) -> Tensor:
    """Return the windows that the pixels are multiplied with ``(channels, 3, 4, 4)`` float64 (Ahmed, Natarajan & Rao 1974, eq. 5)."""
    waves = [
        torch.tensor([_wave(order, place) for place in range(WINDOW)], dtype=torch.float64) for order in range(WINDOW)
    ]
    found = []
    for colour, deviation in zip(COLOURS, DEVIATIONS, strict=True):
        mix = functional.normalize(torch.tensor(colour, dtype=torch.float64), dim=0)
        for down, right in _orders(detail):
            gain = (1 + down + right) ** FALL / deviation
            found.append(gain * mix[:, None, None] * waves[down][:, None] * waves[right])
    return torch.stack(found)


def _orders(detail: int) -> list[tuple[int, int]]:
    every = [(down, right) for down in range(WINDOW) for right in range(WINDOW)]
    return [pair for pair in every if sum(pair) <= detail]


def _wave(order: int, place: int) -> float:
    size = math.sqrt((1 if order == 0 else 2) / WINDOW)
    return size * math.cos(math.pi * (2 * place + 1) * order / (2 * WINDOW))
