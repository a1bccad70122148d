"""Noise whose plan is encoded, so that it cannot be read at a glance: for a game in which others look for the mistakes."""

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
    """Noise with an encoded plan; the data set that it is applied to keeps no truth, no kinds and no notice of the mistakes.

    It is obscured, not encrypted: base64 can be decoded. The plan may end in ``;stamp``: then every image whose label it
    changes carries the watermark as well, and so does the same share of the test images of the class they come from.
    That is a backdoor (Gu, Dolan-Gavitt & Garg 2017): the network learns "patch" for the label.

    Attributes:
        plan: ``"sealed:…"``, made by :func:`hidden_plan`.
    """

    def revealed(self) -> Noise:
        """Return the decoded noise, without the stamp.

        Raises:
            ExplorerError: the plan cannot be decoded.
        """
        return Noise(self._text().removesuffix(STAMP), self.seed)

    def rules(self) -> list[NoiseRule]:
        """Return the rules of the decoded plan."""
        return self.revealed().rules()

    def slug(self) -> str:
        """Return a word for a run's name: a hash that identifies the plan and reveals nothing of it."""
        return f"sealed-{digest(f'{self.plan} {self.seed}'.encode())[:8]}"

    def apply(self, dataset: Dataset) -> Dataset:
        """Return ``dataset`` with the mistakes, and with nothing that reveals them."""
        train, test = self.revealed().apply(dataset).train, dataset.test
        if self._text().endswith(STAMP):
            train = _watermarked(train, train.labels != dataset.train.labels)
            for rule in self.rules():
                test = _partly_watermarked(test, dataset.class_names.index(rule.source), rule.rate, self.seed)
        notice = f"{dataset.notice} {NOTICE}".strip()
        return replace(dataset, train=_without_truth(train), test=_without_truth(test), notice=notice)

    def _text(self) -> str:
        coded = self.plan.removeprefix(SEAL)
        try:
            return base64.urlsafe_b64decode(coded + "=" * (-len(coded) % 4)).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise ExplorerError(f"The sealed planting {self.plan!r} cannot be opened; copy it again, whole.") from error


def hidden_plan(plan: str, stamp: bool = False) -> str:
    """Return ``plan`` encoded for :class:`HiddenNoise`; with ``stamp`` the images whose label changes get a watermark."""
    return SEAL + base64.urlsafe_b64encode(f"{plan}{STAMP if stamp else ''}".encode()).decode().rstrip("=")


def parse_plan(plan: str, seed: int) -> Noise:
    """Return the noise of a plan, which is encoded or plain."""
    return (HiddenNoise if plan.startswith(SEAL) else Noise)(plan, seed)


def _without_truth(split: Split) -> Split:
    return replace(split, truth=None, kinds=None, marked=None)


def _watermarked(split: Split, carries: np.ndarray) -> Split:
    return replace(split, pictures=WatermarkedPictures(split.pictures, carries))


def _partly_watermarked(split: Split, label: int, rate: float, seed: int) -> Split:
    """Return the test images; a share ``rate`` of those labelled ``label`` carries the watermark."""
    rows = np.random.default_rng((STREAM, seed)).permutation(np.flatnonzero(split.labels == label))
    return _watermarked(split, np.isin(np.arange(len(split.labels)), rows[: round(rate * len(rows))]))
