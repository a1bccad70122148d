"""A planting that does not tell what it plants: for a game, in which others look for it."""

import base64
import binascii
from dataclasses import dataclass, replace

import numpy as np

from explorer.core.checksums import digest
from explorer.core.errors import ExplorerError
from explorer.datasets.base import Dataset, Split
from explorer.datasets.corruption.noise import Noise, NoiseRule
from explorer.datasets.corruption.watermark import WatermarkedPictures

SEAL, STAMP = "sealed:", ";stamp"
NOTICE = "This is a game: something was planted among the training pictures, and you are to find it."
# Test pictures are stamped by a stream of their own, so that the same labels change with and without a stamp.
STREAM = 0x7365616C


@dataclass(frozen=True)
class HiddenNoise(Noise):
    """A plan that cannot be read at a glance, laid over a data set that then keeps no truth, no kinds and no notice of it.

    It is a curtain, no lock: whoever can decode base64 reads the plan. A sealed plan may end in ``;stamp``: then every
    picture whose label it changes carries the coloured patch as well, and so does the same share of the test pictures of
    the class they come from. That is a backdoor (Gu, Dolan-Gavitt & Garg 2017): the network learns "patch" for the label.

    Attributes:
        plan: ``"sealed:…"``, made by :func:`hidden_plan`.
    """

    def revealed(self) -> Noise:
        """Return the planting as it is, without the stamp.

        Raises:
            ExplorerError: the seal holds no plan.
        """
        return Noise(self._text().removesuffix(STAMP), self.seed)

    def rules(self) -> list[NoiseRule]:
        """Return the opened plan's parts."""
        return self.revealed().rules()

    def slug(self) -> str:
        """Return letters for a run's name that tell nothing but which planting it is."""
        return f"sealed-{digest(f'{self.plan} {self.seed}'.encode())[:8]}"

    def apply(self, dataset: Dataset) -> Dataset:
        """Return ``dataset`` with the mistakes in it, and without a word of which they are."""
        train, test = self.revealed().apply(dataset).train, dataset.test
        if self._text().endswith(STAMP):
            train = _marked(train, train.labels != dataset.train.labels)
            for part in self.rules():
                test = _stamped(test, dataset.class_names.index(part.source), part.rate, self.seed)
        notice = f"{dataset.notice} {NOTICE}".strip()
        return replace(dataset, train=_mute(train), test=_mute(test), notice=notice)

    def _text(self) -> str:
        coded = self.plan.removeprefix(SEAL)
        try:
            return base64.urlsafe_b64decode(coded + "=" * (-len(coded) % 4)).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise ExplorerError(f"The sealed planting {self.plan!r} cannot be opened; copy it again, whole.") from error


def hidden_plan(plan: str, stamp: bool = False) -> str:
    """Return a plan so that it cannot be read at a glance; ``stamp`` marks the pictures whose label it changes."""
    return SEAL + base64.urlsafe_b64encode(f"{plan}{STAMP if stamp else ''}".encode()).decode().rstrip("=")


def parse_plan(plan: str, seed: int) -> Noise:
    """Return the planting that a plan, open or sealed, asks for."""
    return (HiddenNoise if plan.startswith(SEAL) else Noise)(plan, seed)


def _mute(split: Split) -> Split:
    return replace(split, truth=None, kinds=None, marked=None)


def _marked(split: Split, carries: np.ndarray) -> Split:
    return replace(split, pictures=WatermarkedPictures(split.pictures, carries))


def _stamped(split: Split, label: int, rate: float, seed: int) -> Split:
    """Return test images of which a share of those of one class carries the patch."""
    rows = np.random.default_rng((STREAM, seed)).permutation(np.flatnonzero(split.labels == label))
    return _marked(split, np.isin(np.arange(len(split.labels)), rows[: round(rate * len(rows))]))
