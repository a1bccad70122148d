"""What a program's first operators do to its pixels: whether their numbers are made for pixels from 0 to 1, or to 255."""

from collections.abc import Sequence

import numpy as np

# Operators that change numbers.
SCALING = ("sub", "div", "mul", "add", "rsub")
# A mean above this, or a divisor above that, belongs to pixels from 0 to 255.
LARGE_MEAN, LARGE_DIVISOR = 2.0, 50.0
# What is said: pixels are divided by 255; they are made ready from 0 to 255 in another way; they are normalised; they are multiplied and no more.
BY_255, TO_255, NORMALISES, MULTIPLIES = "scales", "takes 255", "normalises", "multiplies"
# An operator, its other operand (None where that is computed), and whether the pixels are its first.
Step = tuple[str, object, bool]


def scaling_word(steps: Sequence[Step]) -> list[str]:
    """Return what operators do to pixels, one of :data:`BY_255`, :data:`TO_255`, :data:`NORMALISES`, :data:`MULTIPLIES`; nothing where there are none.

    The pixels become ``slope · pixels + shift``: (pixels − mean) / deviation has the mean −shift / slope and the deviation 1 / slope.
    """
    slope, shift, divided = np.ones(3), np.zeros(3), False
    for word, value, first in steps:
        number = _number(value)
        if number is None or (word == "div" and (not first or not number.all())):
            continue
        if word in ("mul", "div"):
            factor = number if word == "mul" else 1 / number
            divided |= bool(np.allclose(factor * 255, 1, atol=1e-3))
            slope, shift = slope * factor, shift * factor
        elif word == "rsub" or (word == "sub" and not first):
            slope, shift = -slope, number - shift
        else:
            shift = shift + (number if word == "add" else -number)
    if not steps or (slope == 0).any():
        return [NORMALISES] if steps else []
    large = (-shift / slope).max() > LARGE_MEAN or (1 / abs(slope)).max() > LARGE_DIVISOR
    if large:
        return [BY_255 if divided else TO_255]
    return [MULTIPLIES if all(word in ("mul", "div") for word, *_ in steps) else NORMALISES]


def _number(value: object) -> np.ndarray | None:
    """Return a constant as a number a colour channel ``(3,)``; None where it is none of that form."""
    try:
        found = np.asarray(value, dtype=np.float64).reshape(-1)
    except (TypeError, ValueError):
        return None
    return np.broadcast_to(found, (3,)) if found.size in (1, 3) and np.isfinite(found).all() else None
