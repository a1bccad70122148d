"""Cook & Weisberg 1980: where influence functions came from, on a linear regression, where they are exact."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from explorer.core.errors import unknown
from explorer.core.progress import Progress
from explorer.experiments.base import Experiment, PublishedFigure
from explorer.experiments.cook_weisberg.regression import Regression, leave_one_out_refits
from explorer.experiments.figure_base import ExperimentFigure
from explorer.runs.run import Run

DATA = ("diabetes", "points")
# Drawn points on a line beside the three that are put there on purpose.
DRAWN = 20
# A common reading: look at a case whose Cook's distance is above four times the mean weight of a case.
LARGE = 4.0


@dataclass(frozen=True)
class CookWeisberg(Experiment):
    """Every case of a linear regression left out in turn: once by the formula, once by fitting again.

    Attributes:
        data: ``diabetes`` (442 patients, ten measurements, of scikit-learn) or ``points`` (drawn: a line, an outlier, a far
            point on the line and a far point off it).
    """

    data: str = "diabetes"

    name: ClassVar[str] = "cook-weisberg"
    title: ClassVar[str] = "Influence in a linear regression"
    paper: ClassVar[str] = "Cook & Weisberg 1980; Cook 1977"
    question: ClassVar[str] = "Which cases move a fitted line, and can that be known without fitting it again?"
    duration: ClassVar[str] = "less than a second"
    choices: ClassVar[dict[str, dict[str, str]]] = {
        "data": {"diabetes": "442 patients, ten measurements", "points": "drawn points, three on purpose"}
    }
    published: ClassVar[tuple[PublishedFigure, ...]] = (
        PublishedFigure(
            "What leaving a case out does to the coefficients",
            "exactly (XᵀX)⁻¹ xᵢ eᵢ / (1 − hᵢ), no refit",
            "Cook & Weisberg 1980",
        ),
        PublishedFigure("Cook's distance", "rᵢ²/p · hᵢ/(1 − hᵢ)", "Cook 1977"),
    )

    def measure(self, run: Run, folder: Path, progress: Progress) -> dict[str, Any]:
        """Return leverage, residual and Cook's distance of each case, and how far formula and refits differ.

        Raises:
            ExplorerError: there is no such data.
        """
        if self.data not in DATA:
            raise unknown("data", self.data, list(DATA))
        progress("Refits", 0, 1)
        design, answers, names = _diabetes() if self.data == "diabetes" else points(self.seed)
        fit = Regression(design, answers)
        changes, distances = leave_one_out_refits(design, answers)
        progress("Refits", 1, 1)
        return _result(fit, names, changes, distances)

    def figures(self, result: dict[str, Any]) -> list[ExperimentFigure]:
        """Return the figures of a result."""
        from explorer.experiments.cook_weisberg.figure import figures  # Plotly loads only where a figure is drawn

        return figures(result)


def points(seed: int) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Return a drawn line ``(n, 2)``, ``(n,)`` with three cases at its end: an outlier, a far one on it, a far one off it."""
    rng = np.random.default_rng(seed)
    across = np.append(rng.uniform(-1, 1, DRAWN), [0.0, 3.0, 3.0])
    up = 1 + across + 0.2 * rng.normal(size=len(across))
    up[DRAWN:] = [3.0, 4.0, 1.0]
    return np.column_stack([np.ones(len(across)), across]), up, ["1", "x"]


def _diabetes() -> tuple[np.ndarray, np.ndarray, list[str]]:
    from sklearn.datasets import load_diabetes  # loads pandas where it is there; only these data need it

    table = load_diabetes()
    return np.column_stack([np.ones(len(table.data)), table.data]), table.target, ["1", *table.feature_names]


def _result(fit: Regression, names: list[str], changes: np.ndarray, distances: np.ndarray) -> dict[str, Any]:
    by_slope = float(np.abs(fit.slopes - changes).max() / np.abs(changes).max())
    by_formula = float(np.abs(fit.removals - changes).max() / np.abs(changes).max())
    by_distance = float(np.abs(fit.distances - distances).max() / distances.max())
    most = int(fit.distances.argmax())
    n, p = fit.design.shape
    return {
        "cases": n,
        "coefficients": dict(zip(names, fit.coefficients.tolist(), strict=True)),
        "leverage": fit.leverages.tolist(),
        "studentised": fit.studentised.tolist(),
        "cooks_distance": fit.distances.tolist(),
        "cooks_distance_refitted": distances.tolist(),
        "largest_relative_error_first_order": by_slope,
        "largest_relative_error_formula": by_formula,
        "largest_relative_error_cooks_distance": by_distance,
        "most_influential": most,
        "large_from": LARGE / n,
        "free": p,
        "ours": {
            CookWeisberg.published[
                0
            ].what: f"differs from {n:,} refits by at most {by_formula:.0e} of the largest change",
            CookWeisberg.published[
                1
            ].what: f"differs from {n:,} refits by at most {by_distance:.0e} of the largest distance",
        },
        "found": f"Case {most} moves the fit most: its leverage is {fit.leverages[most]:.3f} and its residual "
        f"{abs(fit.studentised[most]):.1f} deviations.",
    }
