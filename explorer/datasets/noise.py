"""Planted label noise: labels of any data set changed on purpose, so that the truth about its mistakes is known."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from explorer.datasets.base import Dataset
from explorer.errors import ExplorerError, unknown

# Keeps this noise from sharing its permutation with folds, splits and the random order of a cleaning curve, which also
# shuffle n rows by small seeds: with the same stream, "at random" began with the changed labels.
STREAM = 0x6E6F697365
GRAMMAR = "write 'cat>dog:0.4' (several with commas between them), or '0.1' for a share of all labels"


@dataclass(frozen=True)
class Part:
    """One part of a plan: a share ``rate`` of the labels ``source`` become ``target``; of all labels where both are empty."""

    source: str
    target: str
    rate: float

    def words(self, changed: int) -> str:
        """Return what it does, in words."""
        where = f"from {self.source} to {self.target}" if self.source else "to another class at random"
        return f"{changed:,} {where} ({100 * self.rate:g} %)"


@dataclass(frozen=True)
class Noise:
    """Label noise to be laid over the training labels of a data set.

    Attributes:
        plan: ``"cat>dog:0.4"`` (40 % of the images labelled cat become dog), several with commas between them, or
            ``"0.1"`` and ``"*:0.1"`` (10 % of all labels, each to another class, all equally likely). Every share is one
            of the labels as they were; no label is changed twice. Nothing is planted where the plan is empty.
        seed: decides which labels change, and to what.
    """

    plan: str = ""
    seed: int = 0

    def parts(self) -> list[Part]:
        """Return the plan's parts.

        Raises:
            ExplorerError: the plan cannot be read, or a rate is not between 0 and 1.
        """
        return [_part(text.strip()) for text in self.plan.split(",")] if self.plan.strip() else []

    def word(self) -> str:
        """Return the plan as letters that may stand in a run's name; nothing where nothing is planted."""
        words = [f"{part.source}-{part.target}-{part.rate:g}".lstrip("-") for part in self.parts()]
        return "-".join(["noise", *words, *([f"seed{self.seed}"] if self.seed else [])]) if words else ""

    def lay(self, dataset: Dataset) -> Dataset:
        """Return ``dataset`` with changed training labels; pictures, ids and a truth that is known already stay.

        Raises:
            ExplorerError: the plan does not fit this data set, or would leave a class without an image.
        """
        parts = self.parts()
        if not parts:
            return dataset
        before = dataset.train.labels
        labels, counts = self._changed(parts, before, dataset)
        _check_classes(before, labels, dataset)
        truth = before if dataset.train.truth is None else dataset.train.truth
        said = ", ".join(part.words(count) for part, count in zip(parts, counts, strict=True))
        notice = f"{sum(counts):,} of {len(before):,} training labels were changed on purpose: {said}."
        return replace(
            dataset,
            title=f"{dataset.title}, {sum(counts):,} labels changed on purpose",
            train=replace(dataset.train, labels=labels, truth=truth),
            notice=f"{dataset.notice} {notice}".strip(),
            facts=dataset.facts | {"planted label noise": f"{self.plan.strip()}, seed {self.seed}"},
        )

    def _changed(self, parts: Sequence[Part], before: np.ndarray, dataset: Dataset) -> tuple[np.ndarray, list[int]]:
        """Return the labels afterwards ``(n,)`` and how many each part changed."""
        if self.seed < 0:
            raise ExplorerError(f"The seed of the noise is {self.seed}; it must be 0 or more.")
        rng, names = np.random.default_rng((STREAM, self.seed)), list(dataset.class_names)
        labels, free, counts = before.copy(), rng.permutation(len(before)), []
        for part in parts:
            source, target = (_class(name, names) for name in (part.source, part.target))
            count = round(part.rate * int(np.sum((source < 0) | (before == source))))
            rows = free[(source < 0) | (before[free] == source)][:count]
            if len(rows) < count:
                raise ExplorerError(f"The noise {self.plan!r} changes more labels than there are; give smaller shares.")
            others = (before[rows] + rng.integers(1, len(names), len(rows))) % len(names)
            labels[rows] = others if target < 0 else target
            free = free[~np.isin(free, rows)]
            counts.append(count)
        return labels, counts


def _part(text: str) -> Part:
    pair, _, share = text.rpartition(":")
    source, arrow, target = (word.strip() for word in pair.partition(">"))
    everything = pair.strip() in ("", "*")
    if not everything and not (source and arrow and target):
        raise ExplorerError(f"The noise {text!r} cannot be read; {GRAMMAR}.")
    try:
        rate = float(share)
    except ValueError as error:
        raise ExplorerError(f"The noise {text!r} cannot be read; {GRAMMAR}.") from error
    if not 0 <= rate <= 1:
        raise ExplorerError(f"The noise {text!r} has the share {share.strip()}; it must be between 0 and 1.")
    if source == target and not everything:
        raise ExplorerError(f"The noise {text!r} leaves every label as it is; name two different classes.")
    return Part("", "", rate) if everything else Part(source, target, rate)


def _class(name: str, names: list[str]) -> int:
    """Return the row of a class; −1 where none is named."""
    if name and name not in names:
        raise unknown("class", name, names)
    return names.index(name) if name else -1


def _check_classes(before: np.ndarray, after: np.ndarray, dataset: Dataset) -> None:
    empty = [name for row, name in enumerate(dataset.class_names) if row in before and row not in after]
    if empty:
        raise ExplorerError(f"The noise leaves no training image labelled {', '.join(empty)}; give a smaller share.")
