"""What the numbers of an array of pictures mean: which value is white, and whether a fourth channel is transparency."""

import numpy as np

from explorer.core.errors import ExplorerError

# Values above this are no fractions of full brightness; a rounding error may lie a little above one.
ONE = 1.0001
# Share of a fourth channel that is wholly opaque or clear where it is transparency.
OPAQUE = 0.5


def value_range(pixels: np.ndarray, origin: str, doubts: list[str]) -> tuple[float, float]:
    """Return the scale and shift that bring values to 0 … 255; adds a sentence to ``doubts`` where that is a guess.

    Raises:
        ExplorerError: values are not finite.
    """
    if pixels.dtype == np.uint8:
        return 1.0, 0.0
    sample = np.asarray(pixels[:: max(1, len(pixels) // 500)], dtype=np.float64)
    low, high = float(sample.min()), float(sample.max())
    if not np.isfinite([low, high]).all():
        raise ExplorerError(f"{origin} holds values that are no numbers; write the pixels as they were.")
    if pixels.dtype.kind == "f" and low >= 0 and high <= ONE:
        return 255.0, 0.0
    if pixels.dtype.kind == "b":
        return 255.0, 0.0
    if low >= 0 and 1 < high <= 255:
        return 1.0, 0.0
    span = (high - low) or 1.0
    doubts.append(
        f"The values of {origin} go from {low:g} to {high:g}, which is neither 0 to 1 nor 0 to 255; they were stretched to black and white."
    )
    return 255.0 / span, -low


def fourth_channel(pixels: np.ndarray, origin: str) -> list[str]:
    """Return a sentence where a fourth channel is not mostly opaque or mostly clear: it may be another colour, such as near infrared."""
    if pixels.ndim != 4 or 4 not in (pixels.shape[3], pixels.shape[1]) or pixels.shape[3] in (1, 3):
        return []
    sample = np.asarray(pixels[:: max(1, len(pixels) // 100)])
    alpha = sample[..., 3] if pixels.shape[3] == 4 else sample[:, 3]
    if np.isin(alpha, (0, sample.max())).mean() >= OPAQUE:
        return []
    return [
        f"The fourth channel of {origin} is read as transparency, and what it hides is white; where it is another colour, "
        "such as near infrared, save the three channels that make the pictures."
    ]
