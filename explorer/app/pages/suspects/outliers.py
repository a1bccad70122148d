"""The outlier map of the Suspects page: leverage against residual of every training image, with curves of equal influence."""

from dataclasses import dataclass

import numpy as np

from explorer.app import backend
from explorer.app.components.blocks.blocks import columns, draw, heading, small, text
from explorer.app.components.scatter.choosing import listener, selected
from explorer.app.components.scatter.scatter import (
    Axis,
    Cloud,
    Curve,
    ScatterBlock,
    Shade,
    Word,
    levels,
    scatter,
    with_chosen,
)
from explorer.app.components.selection_gallery import selection_gallery
from explorer.app.screen_text import number
from explorer.core.keyed_cache import keyed_cache
from explorer.evaluation.outliers import INFLUENTIAL, OUTLYING, Outliers, equal_influence, verdict
from explorer.runs.run import Run

# Leverages span many powers of ten; the two hundredth lowest stand at the left edge, or the rest would be squeezed.
LEFT = 0.02
LARGEST_RESIDUAL = float(np.sqrt(2))
# Points of a drawn curve: enough to look smooth at 1,000 pixels.
SMOOTH = 240
# From this share on, a sentence says *nearly all*.
NEARLY = 0.9
# Each part of the map: what its corner says, and what a sentence calls its images.
QUADRANTS = {
    "typical": ("Typical", "neither surprising nor unusual"),
    "surprising": ("Surprising", "surprising, but not unusual"),
    "unusual": ("Unusual, but fitted", "unusual, but not surprising"),
    "both": ("Unusual and surprising", "surprising and unusual"),
}
CORNERS_EXPLAINED = (
    "Images at the top are surprising: far from their label. Images at the right are unusual: with much leverage. Each "
    "corner says how many images lie there, and how many of those are among the most influential."
)
AXES_EXPLAINED = (
    "Residual is how far the prediction is from the label. Leverage is how far an image can pull its own prediction: far, "
    "where it looks unusual and the model is not sure of it. Of a confidently wrong image the model is sure, so its leverage "
    "is almost none. It matters by its residual instead, which is why the curves bend to the left at the top."
)
NO_LEVERAGES = (
    "This run's last layer has too many weights for leverages to be known; build a run with fewer classes or features."
)


def draw_outliers(run: Run) -> None:
    """Draw the outlier map beside the gallery of the images selected on it."""
    if not run.curvature.dense:
        draw("outliers", text(NO_LEVERAGES))
        return
    points, outliers, selection = _points(run.id), backend.outliers(run.id), selected(run)
    notes = [
        text(verdict_sentence(outliers)),
        small(CORNERS_EXPLAINED),
        small(AXES_EXPLAINED),
        small(legend(run, outliers)),
    ]
    galleries = selection_gallery.selection_blocks(run, selection, "suspects", view="outliers")
    draw(
        "outliers",
        heading("Which outliers matter?"),
        columns((3, [with_chosen(points, selection), *notes]), (2, galleries)),
        on_lasso=listener("outliers", points),
    )


def verdict_sentence(outliers: Outliers) -> str:
    """Return *all influential samples are outliers, but not all outliers are influential* with this run's counts."""
    counts, parts = verdict(outliers), outliers.quadrants()
    share = counts.outlying / counts.influential
    opening = "All" if share == 1 else "Nearly all" if share >= NEARLY else "Not all"
    most = max(parts, key=lambda name: parts[name][1])
    return (
        f"{opening} influential images are outliers here: of the {counts.influential:,} with the largest self-influence, "
        f"{counts.outlying:,} lie in the highest tenth of leverage or of residual; most ({parts[most][1]:,}) are "
        f"{QUADRANTS[most][1]}. But not all outliers are influential: {counts.outliers - counts.outlying:,} of the "
        f"{counts.outliers:,} in those tenths are not among them."
    )


def legend(run: Run, outliers: Outliers) -> str:
    """Return how to read the map: its points, dotted lines and curves or colours."""
    curves = "For more than two classes no curve is exact, so the colour is the self-influence (Cook's distance)."
    if len(run.class_names) == 2:
        levels = [number(float(np.quantile(outliers.self_influence, 1 - share))) for share in (INFLUENTIAL, OUTLYING)]
        curves = (
            "On each curve self-influence is the same. Beyond the curves lie the "
            f"hundredth and the tenth of all images whose self-influence is highest, from {levels[0]} and {levels[1]}."
        )
    return (
        f"Each point is a training image. The dotted lines part off the highest tenth. {curves} Self-influence "
        "says by how much an image's own loss would rise without it, in nats (first order)."
    )


@keyed_cache(backend.RUNS)
def _points(run_id: str) -> ScatterBlock:
    run, outliers = backend.run(run_id), backend.outliers(run_id)
    binary = len(run.class_names) == 2
    frame = OutlierFrame.of(outliers)
    counts = outliers.quadrants()
    named = [
        f"{words}: {counts[name][1]:,} of {counts[name][0]:,} influential" for name, (words, _) in QUADRANTS.items()
    ]
    corners = ((0, 0, False, True), (0, 1, False, False), (1, 0, True, True), (1, 1, True, False))
    cloud = Cloud(
        np.column_stack([frame.x(outliers.leverage), frame.y(outliers.residual)]),
        {"train": len(outliers.leverage)},
        f"Outlier map of {len(outliers.leverage):,} training images: leverage to the right, residual upward",
        "outliers",
        {
            "x": Axis("Leverage (logarithmic)", frame.ticks(), frame.low, frame.high, True),
            "y": Axis("Residual", frame.heights(), 0.0, frame.top),
        },
        [*frame.thresholds(outliers), *(frame.curves(outliers) if binary else ())],
        [Word(words, *corner) for words, corner in zip(named, corners, strict=True)],
    )
    return scatter(run, cloud, _shade(run, outliers, binary))


def _shade(run: Run, outliers: Outliers, binary: bool) -> Shade:
    if binary:
        return Shade("label", run.train_labels, run.class_names)
    codes, low, high = levels(outliers.self_influence)
    return Shade(
        "self-influence", codes, values=outliers.self_influence, ticks=(number(low), f"{number(high)} and more")
    )


@dataclass(frozen=True)
class OutlierFrame:
    """The axes of the outlier map: log leverage and residual, scaled to [0, 1].

    Attributes:
        low: log₁₀ of the leverage at the left edge; smaller ones stand there too.
        high: log₁₀ of the leverage at the right edge.
        top: residual at the upper edge.
    """

    low: float
    high: float
    top: float

    @classmethod
    def of(cls, outliers: Outliers) -> "OutlierFrame":
        """Return the axes that hold a run's training images."""
        least = np.finfo(float).tiny
        low, high = np.log10(np.maximum(np.quantile(outliers.leverage, [LEFT, 1.0]), least))
        return cls(float(low), float(max(high, low + 1.0)), max(float(outliers.residual.max()), float(least)))

    def x(self, leverage: np.ndarray) -> np.ndarray:
        """Scale leverages to the width; small ones are clipped to 0, large ones are not clipped to 1."""
        return np.maximum((np.log10(np.maximum(leverage, 10**self.low)) - self.low) / (self.high - self.low), 0.0)

    def y(self, residual: np.ndarray | float) -> np.ndarray:
        """Scale residuals to the height."""
        return np.asarray(residual) / self.top

    def heights(self) -> list[tuple[float, str]]:
        """Return five evenly spaced ticks of the residual axis: position and label."""
        return [(share, f"{share * self.top:.2g}") for share in (0.0, 0.25, 0.5, 0.75, 1.0)]

    def ticks(self) -> list[tuple[float, str]]:
        """Return the ticks of the leverage axis, powers of ten: position and label."""
        powers = range(int(np.ceil(self.low)), int(np.floor(self.high)) + 1)
        return [((power - self.low) / (self.high - self.low), f"{10.0**power:g}") for power in powers]

    def thresholds(self, outliers: Outliers) -> list[Curve]:
        """Return the dotted lines that separate the highest tenth of leverage and of residual."""
        x, y = float(self.x(np.array(outliers.leverage_from))), float(self.y(outliers.residual_from))
        return [Curve([(x, 0.0), (x, 1.0)], dashed=True), Curve([(0.0, y), (1.0, y)], dashed=True)]

    def curves(self, outliers: Outliers) -> list[Curve]:
        """Return, for two classes, the curves of equal self-influence at its 99th and 90th percentile."""
        own, shares = outliers.self_influence, ((INFLUENTIAL, "hundredth", 0.2), (OUTLYING, "tenth", 0.55))
        return [self._curve(float(np.quantile(own, 1 - share)), words, at) for share, words, at in shares]

    def _curve(self, level: float, words: str, at: float) -> Curve:
        residuals = np.linspace(0, min(self.top, LARGEST_RESIDUAL), SMOOTH + 2)[1:-1]
        leverage = equal_influence(level, residuals)
        inside = (leverage >= 10**self.low) & (leverage <= 10**self.high)
        places = np.column_stack([self.x(leverage), self.y(residuals)])[inside]
        return Curve([(float(x), float(y)) for x, y in places], f"highest {words}", at=at)
