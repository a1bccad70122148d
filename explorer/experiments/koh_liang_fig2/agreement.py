"""Predicted and measured changes of a test loss beside each other, as the JSON values that the figure and the page read."""

from typing import Any

import numpy as np

from explorer.evaluation.agreement import agreement


def removal_figures(predicted: dict[str, np.ndarray], measured: np.ndarray) -> dict[str, Any]:
    """Return predictions of several methods beside the measured changes, and how far each method agrees with them.

    Args:
        predicted: by method, the predicted change of the test loss for each removal ``(k,)``, nats.
        measured: the real changes ``(k,)``, nats.
    """
    agreements = {name: agreement(values, measured) for name, values in predicted.items()}
    return {
        "predicted": {name: values.tolist() for name, values in predicted.items()},
        "measured": measured.tolist(),
        "agreement": agreements,
        **{f"pearson_{name}": statistics["pearson"]["value"] for name, statistics in agreements.items()},
        "removals": len(measured),
    }


def rounded_down(value: float) -> str:
    """Return a correlation with four digits, rounded down, so that 0.99996 is not printed as 1."""
    return f"{np.floor(value * 1e4) / 1e4:.4f}".replace("-", "−")
