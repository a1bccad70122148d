"""Mistakes planted in any data set on purpose, so that the truth about them is known: labels, gaps, watermarks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from explorer.core.errors import ExplorerError, unknown
from explorer.datasets.base import Dataset, Split
from explorer.datasets.corruption.watermark import WatermarkedPictures

# Keeps this noise from sharing its permutation with folds, splits and the random order of a cleaning curve, which also
# shuffle n rows by small seeds: with the same stream, "at random" began with the changed labels.
STREAM = 0x6E6F697365
GRAMMAR = (
    "write 'cat>dog:0.4' (several with commas between them), or '0.1' for a share of all labels; "
    "'cat-:0.2' leaves a share out, 'dog+mark:0.05' puts a coloured patch into it"
)
LEAVE, MARK = "-", "+mark"
# How they stand in a run's name.
NAMED = {LEAVE: "left-out", MARK: "marked"}


@dataclass(frozen=True)
class NoiseRule:
    """One part of a plan: what happens to a share ``rate`` of the images labelled ``source``, or of all where it is empty.

    Attributes:
        action: a class that they are labelled as, ``LEAVE``, ``MARK``; empty for any other class.
    """

    source: str
    action: str
    rate: float

    @property
    def relabels(self) -> bool:
        """Whether labels change."""
        return self.action not in (LEAVE, MARK)

    def describe(self, changed: int) -> str:
        """Return what it does, in words."""
        if self.relabels:
            where = f"from {self.source} to {self.action}" if self.source else "to another class at random"
        else:
            where = f"{self.source} {'left out' if self.action == LEAVE else 'given a coloured patch'}"
        return f"{changed:,} {where} ({100 * self.rate:g} %)"


@dataclass(frozen=True, eq=False)
class _Planted:
    """What a plan does to ``(n,)`` images: labels afterwards, who stays, who is marked, and how many each part met."""

    labels: np.ndarray
    stays: np.ndarray
    marked: np.ndarray
    counts: list[int]


@dataclass(frozen=True)
class Noise:
    """Mistakes to be laid over the training images of a data set.

    Attributes:
        plan: ``"cat>dog:0.4"`` (40 % of the images labelled cat become dog), ``"cat-:0.2"`` (20 % of them are left out),
            ``"dog+mark:0.05"`` (5 % of the dogs' pictures get a coloured patch), several with commas between them, or
            ``"0.1"`` and ``"*:0.1"`` (10 % of all labels, each to another class, all equally likely). The source may be
            a kind, such as ``wild cat``, where the data set knows kinds. Every share is one of the labels as they were;
            nothing is met twice. Nothing is planted where the plan is empty.
        seed: decides which images are met, and what becomes of them.
    """

    plan: str = ""
    seed: int = 0

    def rules(self) -> list[NoiseRule]:
        """Return the plan's parts.

        Raises:
            ExplorerError: the plan cannot be read, or a rate is not between 0 and 1.
        """
        return [_part(text.strip()) for text in self.plan.split(",")] if self.plan.strip() else []

    def slug(self) -> str:
        """Return the plan as letters that may stand in a run's name; nothing where nothing is planted."""
        words = [
            f"{part.source}-{NAMED.get(part.action, part.action)}-{part.rate:g}".lstrip("-") for part in self.rules()
        ]
        return "-".join(["noise", *words, *([f"seed{self.seed}"] if self.seed else [])]) if words else ""

    def apply(self, dataset: Dataset) -> Dataset:
        """Return ``dataset`` with mistakes among its training images; a truth that is known already stays.

        Raises:
            ExplorerError: the plan does not fit this data set, or would leave a class without an image.
        """
        parts = self.rules()
        if not parts:
            return dataset
        met = self._met(parts, dataset)
        _check_classes(dataset.train.labels, met.labels[met.stays], dataset)
        said = ", ".join(part.describe(count) for part, count in zip(parts, met.counts, strict=True))
        return replace(
            dataset,
            title=f"{dataset.title}, {_title(parts, met.counts)} on purpose",
            train=_split(dataset.train, met, any(part.relabels for part in parts)),
            notice=f"{dataset.notice} {_notice(parts, met.counts, len(met.labels))}: {said}.".strip(),
            facts=dataset.facts | {"planted label noise": f"{self.plan.strip()}, seed {self.seed}"},
        )

    def _met(self, parts: Sequence[NoiseRule], dataset: Dataset) -> _Planted:
        """Return what becomes of each training image."""
        if self.seed < 0:
            raise ExplorerError(f"The seed of the noise is {self.seed}; it must be 0 or more.")
        before, names = dataset.train.labels, list(dataset.class_names)
        rng = np.random.default_rng((STREAM, self.seed))
        labels, free, counts = before.copy(), rng.permutation(len(before)), []
        stays, marked = np.ones(len(before), dtype=bool), np.zeros(len(before), dtype=bool)
        for part in parts:
            member, target = _members(part.source, dataset), _class(part.action, names) if part.relabels else -1
            member &= before != target  # a kind may hold images that are labelled so already
            count = round(part.rate * int(member.sum()))
            rows = free[member[free]][:count]
            if len(rows) < count:
                raise ExplorerError(f"The noise {self.plan!r} changes more labels than there are; give smaller shares.")
            others = (before[rows] + rng.integers(1, len(names), len(rows))) % len(names)
            if part.relabels:
                labels[rows] = others if target < 0 else target
            stays[rows], marked[rows] = part.action != LEAVE, part.action == MARK
            free = free[~np.isin(free, rows)]
            counts.append(count)
        return _Planted(labels, stays, marked, counts)


def _split(split: Split, met: _Planted, relabelled: bool) -> Split:
    """Return the training images afterwards; what was left out is gone."""
    truth = split.labels if relabelled and split.truth is None else split.truth
    found = replace(split, labels=met.labels, truth=truth)
    if met.marked.any():
        found = replace(found, pictures=WatermarkedPictures(split.pictures, met.marked), marked=met.marked)
    return found if met.stays.all() else found.take(np.flatnonzero(met.stays))


def _totals(parts: Sequence[NoiseRule], counts: Sequence[int]) -> list[tuple[int, str]]:
    """Return how many of what changed, and how; what did not happen is left out."""
    kinds = (("", "labels changed"), (LEAVE, "images left out"), (MARK, "pictures marked"))
    met = [(part.action if not part.relabels else "", count) for part, count in zip(parts, counts, strict=True)]
    asked = [(action, words) for action, words in kinds if any(action == known for known, _ in met)]
    return [(sum(count for known, count in met if known == action), words) for action, words in asked]


def _title(parts: Sequence[NoiseRule], counts: Sequence[int]) -> str:
    return " and ".join(f"{count:,} {words}" for count, words in _totals(parts, counts))


def _notice(parts: Sequence[NoiseRule], counts: Sequence[int], of: int) -> str:
    labels = {"labels changed": "training labels were changed", "images left out": "training images were left out"}
    labels["pictures marked"] = "training pictures were marked"
    said = [f"{count:,} of {of:,} {labels[words]}" for count, words in _totals(parts, counts)]
    return f"{' and '.join(said)} on purpose"


def _part(text: str) -> NoiseRule:
    pair, _, share = text.rpartition(":")
    source, action = _deed(pair.strip())
    everything = pair.strip() in ("", "*")
    if not everything and not (source and action):
        raise ExplorerError(f"The noise {text!r} cannot be read; {GRAMMAR}.")
    try:
        rate = float(share)
    except ValueError as error:
        raise ExplorerError(f"The noise {text!r} cannot be read; {GRAMMAR}.") from error
    if not 0 <= rate <= 1:
        raise ExplorerError(f"The noise {text!r} has the share {share.strip()}; it must be between 0 and 1.")
    if source == action and not everything:
        raise ExplorerError(f"The noise {text!r} leaves every label as it is; name two different classes.")
    return NoiseRule("", "", rate) if everything else NoiseRule(source, action, rate)


def _deed(pair: str) -> tuple[str, str]:
    """Return whom a part meets and what it does to them; empty where that cannot be read."""
    for action in (LEAVE, MARK):
        if pair.endswith(action):
            return pair.removesuffix(action).strip(), action
    source, _, target = (word.strip() for word in pair.partition(">"))
    return source, target


def _members(source: str, dataset: Dataset) -> np.ndarray:
    """Return which training images ``(n,)`` a class or kind names; all where none is named."""
    names, kinds = list(dataset.class_names), dataset.train.kinds or ()
    if source in kinds and source not in names:
        return np.array(kinds) == source
    row = _class(source, names)
    return np.ones(len(dataset.train.labels), dtype=bool) if row < 0 else dataset.train.labels == row


def _class(name: str, names: list[str]) -> int:
    """Return the row of a class; −1 where none is named."""
    if name and name not in names:
        raise unknown("class", name, names)
    return names.index(name) if name else -1


def _check_classes(before: np.ndarray, after: np.ndarray, dataset: Dataset) -> None:
    empty = [name for row, name in enumerate(dataset.class_names) if row in before and row not in after]
    if empty:
        raise ExplorerError(f"The noise leaves no training image labelled {', '.join(empty)}; give a smaller share.")
