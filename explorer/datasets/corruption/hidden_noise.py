"""Noise whose plan nobody reads in a run: for a game in which others look for the mistakes.

The plan lies in a file of the home folder, and the run holds only that file's random name. Runs of older versions hold the
plan itself, in base64.
"""

import base64
import binascii
import json
import re
import secrets
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from explorer.core import home
from explorer.core.checksums import digest
from explorer.core.errors import ExplorerError
from explorer.core.files import save_bytes
from explorer.datasets.base import Dataset, Split
from explorer.datasets.corruption.noise import Noise, NoiseRule
from explorer.datasets.corruption.watermark import WatermarkedPictures

SEAL, STAMP = "sealed:", ";stamp"
# How the name of a plan's file begins, and such a name; it comes from requests, and nothing else may become a path.
KEPT = "@"
_KEPT_NAME = re.compile(r"@[0-9a-f]{16}")
# What a person reads in the place of a sealed plan.
UNSAID = f"{SEAL}hidden"
NOTICE = "This is a game: something was planted among the training pictures, and you are to find it."
# Test pictures are stamped by a stream of their own, so that the same labels change with and without a stamp.
STREAM = 0x7365616C


@dataclass(frozen=True)
class HiddenNoise(Noise):
    """Noise with a sealed plan; the data set that it is applied to keeps no truth, no kinds and no notice of the mistakes.

    The plan may end in ``;stamp``: then every image whose label it
    changes carries the watermark as well, and so does the same share of the test images of the class they come from.
    That is a backdoor (Gu, Dolan-Gavitt & Garg 2017): the network learns "patch" for the label.

    Attributes:
        plan: ``"sealed:@…"``, made by :func:`keep_plan`; of older versions ``"sealed:…"`` with the plan in base64.
    """

    def revealed(self) -> Noise:
        """Return the noise in plain words, without the stamp.

        Raises:
            ExplorerError: the plan cannot be decoded, or its file is gone.
        """
        text, seed = self._opened()
        return Noise(text.removesuffix(STAMP), seed)

    def rules(self) -> list[NoiseRule]:
        """Return the rules of the decoded plan."""
        return self.revealed().rules()

    def slug(self) -> str:
        """Return a word for a run's name: a hash that identifies the plan and reveals nothing of it."""
        return f"sealed-{digest(f'{self.plan} {self.seed}'.encode())[:8]}"

    def apply(self, dataset: Dataset) -> Dataset:
        """Return ``dataset`` with the mistakes, and with nothing that reveals them."""
        (text, seed), noise = self._opened(), self.revealed()
        train, test = noise.apply(dataset).train, dataset.test
        if text.endswith(STAMP):
            train = _watermarked(train, train.labels != dataset.train.labels)
            for rule in noise.rules():
                test = _partly_watermarked(test, dataset.class_names.index(rule.source), rule.rate, seed)
        notice = f"{dataset.notice} {NOTICE}".strip()
        return replace(dataset, train=_without_truth(train), test=_without_truth(test), notice=notice)

    def _opened(self) -> tuple[str, int]:
        """Return the plan with its stamp, and its seed."""
        coded = self.plan.removeprefix(SEAL)
        return _read_plan(coded) if coded.startswith(KEPT) else (self._decoded(coded), self.seed)

    def _decoded(self, coded: str) -> str:
        try:
            return base64.urlsafe_b64decode(coded + "=" * (-len(coded) % 4)).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise ExplorerError(f"The sealed planting {self.plan!r} cannot be opened; copy it again, whole.") from error


def keep_plan(plan: str, seed: int, stamp: bool = False) -> str:
    """Write ``plan`` and its seed to a file of the home folder, and return what a request says in their place.

    With ``stamp`` the images whose label changes get a watermark. Each call makes another file, so that nobody who guesses a
    plan can tell by a run's id that the guess was right.
    """
    name = f"{KEPT}{secrets.token_hex(8)}"
    save_bytes(_plan_file(name), json.dumps({"plan": f"{plan}{STAMP if stamp else ''}", "seed": seed}).encode())
    return SEAL + name


def _plan_file(name: str) -> Path:
    return home.root() / "sealed" / f"{name.removeprefix(KEPT)}.json"


def _read_plan(name: str) -> tuple[str, int]:
    if not _KEPT_NAME.fullmatch(name):
        raise ExplorerError("The sealed planting's name is cut or changed; copy it again, whole.")
    try:
        content = json.loads(_plan_file(name).read_text(encoding="utf-8"))
        return str(content["plan"]), int(content["seed"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = "What was planted here is written in a file that is missing or damaged on this computer"
        raise ExplorerError(f"{message} ({_plan_file(name)}); plant the bug again.") from error


def unsaid(plan: str) -> str:
    """Return ``plan`` as everybody may read it: nothing of a sealed one."""
    return UNSAID if plan.startswith(SEAL) else plan


def hidden_plan(plan: str, stamp: bool = False) -> str:
    """Return ``plan`` as older versions sealed it, in base64; their games' links still ask for such runs."""
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
