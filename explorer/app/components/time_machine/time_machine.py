"""The time machine: what each epoch of a training added to the effect of every training image on one prediction.

The browser gets every image that leads at any epoch and sorts them itself, so that the slider needs no round trip.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, TypedDict

import numpy as np

from explorer.app import urls
from explorer.app.components.gallery.gallery import Tile
from explorer.app.components.image_marks.image_marks import marked
from explorer.app.components.image_tiles.image_tiles import training_tile
from explorer.core.phrases import score_digits
from explorer.evaluation.overlap import top_rows
from explorer.runs.run import Run

# Pictures a side: two rows at 1280 px.
SHOWN = 12
# Of what an epoch added, as single precision has them: with fewer, images of nearly one score stand in another order.
DIGITS = 7
ALONE = "alone"
HELP = (
    "An epoch is one pass of the training over all images. Move the slider: what had each image done to this prediction by "
    "then? The small bars under a picture are what each epoch added, every picture on a scale of its own."
)


class EpochTile(TypedDict):
    """A training image, and what each epoch added to its score."""

    tile: Annotated[dict[str, Any], Tile]
    added: list[float]


class TimeMachineBlock(TypedDict):
    """A slider over epochs, and both galleries as they stood then.

    Attributes:
        label: what the slider is about.
        titles: of both galleries.
        help: how it is read.
        totals: what each epoch added, of all training images, to those that argue for the class and to those that argue against it.
        tiles: every image that leads at some epoch.
        shown: pictures a side.
        digits: after the point of a score.
        epoch: that is shown first, from 1.
        alone: whether an epoch is shown alone at first; else the sum up to it.
    """

    kind: Literal["timemachine"]
    label: str
    titles: list[str]
    help: str
    totals: list[tuple[float, float]]
    tiles: list[EpochTile]
    shown: int
    digits: int
    epoch: int
    alone: bool


def time_machine(run: Run, added: np.ndarray, titles: Sequence[str]) -> TimeMachineBlock:
    """Return the time machine of one prediction.

    Args:
        run: whose training images they are.
        added: what each epoch added to each score ``(epochs, n)``.
        titles: of the gallery of what argues for the class, and of what argues against it.
    """
    rows = leading_rows(added, SHOWN)
    tiles = marked(run, "train", [_tile(run, row) for row in rows.tolist()])
    sums = np.concatenate([added, np.cumsum(added, axis=0)])
    last = min(max(urls.int_param("epoch") or len(added), 1), len(added))
    return {
        "kind": "timemachine",
        "label": f"Epoch, of {len(added)}",
        "titles": list(titles),
        "help": HELP,
        "totals": [(float(each.clip(0).sum()), float(each.clip(max=0).sum())) for each in added],
        "tiles": [
            {"tile": vars(tile), "added": [float(f"{value:.{DIGITS}g}") for value in added[:, row]]}
            for tile, row in zip(tiles, rows.tolist(), strict=True)
        ],
        "shown": SHOWN,
        "digits": score_digits([float(np.abs(sums).max(initial=0))]),
        "epoch": last,
        "alone": urls.choice_param("epochs", ["sum", ALONE], "sum") == ALONE,
    }


def leading_rows(added: np.ndarray, top: int) -> np.ndarray:
    """Return the training rows, in order, that are among the first ``top`` of a side at some epoch, by its own part or by the sum up to it.

    Args:
        added: what each epoch added to each score ``(epochs, n)``.
        top: images a side.
    """
    ways = [*added, *np.cumsum(added, axis=0)]
    found = [top_rows(sign * scores, top) for scores in ways for sign in (1, -1)]
    return np.unique(np.concatenate(found)).astype(int)


def _tile(run: Run, row: int) -> Tile:
    label = run.class_names[run.train_labels[row]]
    return training_tile(run, row, alt=f"training image {row}, labelled {label}", lines=(label,))
