"""Noise applied to a data set by a plan: labels changed, images left out, watermarks; the truth about it is recorded."""

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
# The words for them in a run's name.
NAMED = {LEAVE: "left-out", MARK: "marked"}


@dataclass(frozen=True)
class NoiseRule:
    """One rule of a plan: what happens to a share ``rate`` of the images labelled ``source``, or of all where it is empty.

    Attributes:
        source: a class or kind.
        action: the class that they are labelled as, ``LEAVE`` or ``MARK``; empty for another class at random.
        rate: share in 0 … 1.
    """

    source: str
    action: str
    rate: float

    @property
    def relabels(self) -> bool:
        """Whether labels change."""
        return self.action not in (LEAVE, MARK)

    def describe(self, changed: int) -> str:
        """Return what the rule did to ``changed`` images, in words."""
        if self.relabels:
            where = f"from {self.source} to {self.action}" if self.source else "to another class at random"
        else:
            where = f"{self.source} {'left out' if self.action == LEAVE else 'given a coloured patch'}"
        return f"{changed:,} {where} ({100 * self.rate:g} %)"


@dataclass(frozen=True, eq=False)
class _Outcome:
    """What a plan does to ``n`` images.

    Attributes:
        labels: ``(n,)`` afterwards.
        stays: ``(n,)`` bool, False for those left out.
        marked: ``(n,)`` bool, True for those with a watermark.
        counts: for each rule the number of images that it changed.
    """

    labels: np.ndarray
    stays: np.ndarray
    marked: np.ndarray
    counts: list[int]


@dataclass(frozen=True)
class Noise:
    """Noise for the training images of a data set.

    Attributes:
        plan: ``"cat>dog:0.4"`` (40 % of the images labelled cat become dog), ``"cat-:0.2"`` (20 % of them are left out),
            ``"dog+mark:0.05"`` (5 % of the dogs' pictures get a coloured patch), several with commas between them, or
            ``"0.1"`` and ``"*:0.1"`` (10 % of all labels, each to another class, all equally likely). The source may be
            a kind, such as ``wild cat``, where the data set knows kinds. Every share is one of the labels as they were;
            nothing is met twice. Nothing is planted where the plan is empty.
        seed: determines which images are chosen and, where the class is random, their new labels.
    """

    plan: str = ""
    seed: int = 0

    def rules(self) -> list[NoiseRule]:
        """Return the plan's rules.

        Raises:
            ExplorerError: the plan cannot be read, or a rate is not between 0 and 1.
        """
        return [_rule(text.strip()) for text in self.plan.split(",")] if self.plan.strip() else []

    def slug(self) -> str:
        """Return the plan as a word for a run's name; empty where the plan is."""
        words = [
            f"{rule.source}-{NAMED.get(rule.action, rule.action)}-{rule.rate:g}".lstrip("-") for rule in self.rules()
        ]
        return "-".join(["noise", *words, *([f"seed{self.seed}"] if self.seed else [])]) if words else ""

    def apply(self, dataset: Dataset) -> Dataset:
        """Return ``dataset`` with the noise in its training images; a truth that is known before is kept.

        Raises:
            ExplorerError: the plan does not fit this data set, or would leave a class without an image.
        """
        rules = self.rules()
        if not rules:
            return dataset
        outcome = self._outcome(rules, dataset)
        _check_classes(dataset.train.labels, outcome.labels[outcome.stays], dataset)
        details = ", ".join(rule.describe(count) for rule, count in zip(rules, outcome.counts, strict=True))
        return replace(
            dataset,
            title=f"{dataset.title}, {_title(rules, outcome.counts)} on purpose",
            train=_split(dataset.train, outcome, any(rule.relabels for rule in rules)),
            notice=f"{dataset.notice} {_notice(rules, outcome.counts, len(outcome.labels))}: {details}.".strip(),
            facts=dataset.facts | {"planted label noise": f"{self.plan.strip()}, seed {self.seed}"},
        )

    def _outcome(self, rules: Sequence[NoiseRule], dataset: Dataset) -> _Outcome:
        """Return what the rules do to each training image."""
        if self.seed < 0:
            raise ExplorerError(f"The seed of the noise is {self.seed}; it must be 0 or more.")
        before, names = dataset.train.labels, list(dataset.class_names)
        rng = np.random.default_rng((STREAM, self.seed))
        labels, free, counts = before.copy(), rng.permutation(len(before)), []
        stays, marked = np.ones(len(before), dtype=bool), np.zeros(len(before), dtype=bool)
        for rule in rules:
            member, target = _members(rule.source, dataset), _class(rule.action, names) if rule.relabels else -1
            member &= before != target  # a kind may hold images that are labelled so already
            count = round(rule.rate * int(member.sum()))
            rows = free[member[free]][:count]
            if len(rows) < count:
                raise ExplorerError(f"The noise {self.plan!r} changes more labels than there are; give smaller shares.")
            others = (before[rows] + rng.integers(1, len(names), len(rows))) % len(names)
            if rule.relabels:
                labels[rows] = others if target < 0 else target
            stays[rows], marked[rows] = rule.action != LEAVE, rule.action == MARK
            free = free[~np.isin(free, rows)]
            counts.append(count)
        return _Outcome(labels, stays, marked, counts)


def _split(split: Split, outcome: _Outcome, relabelled: bool) -> Split:
    """Return the training images after the noise, without those left out."""
    truth = split.labels if relabelled and split.truth is None else split.truth
    noisy = replace(split, labels=outcome.labels, truth=truth)
    if outcome.marked.any():
        noisy = replace(noisy, pictures=WatermarkedPictures(split.pictures, outcome.marked), marked=outcome.marked)
    return noisy if outcome.stays.all() else noisy.take(np.flatnonzero(outcome.stays))


def _totals(rules: Sequence[NoiseRule], counts: Sequence[int]) -> list[tuple[int, str]]:
    """Return the number of images for each kind of change that the plan has, with its words."""
    kinds = (("", "labels changed"), (LEAVE, "images left out"), (MARK, "pictures marked"))
    changes = [(rule.action if not rule.relabels else "", count) for rule, count in zip(rules, counts, strict=True)]
    planned = [(action, words) for action, words in kinds if any(action == each for each, _ in changes)]
    return [(sum(count for each, count in changes if each == action), words) for action, words in planned]


def _title(rules: Sequence[NoiseRule], counts: Sequence[int]) -> str:
    return " and ".join(f"{count:,} {words}" for count, words in _totals(rules, counts))


def _notice(rules: Sequence[NoiseRule], counts: Sequence[int], of: int) -> str:
    labels = {"labels changed": "training labels were changed", "images left out": "training images were left out"}
    labels["pictures marked"] = "training pictures were marked"
    totals = [f"{count:,} of {of:,} {labels[words]}" for count, words in _totals(rules, counts)]
    return f"{' and '.join(totals)} on purpose"


def _rule(text: str) -> NoiseRule:
    pair, _, share = text.rpartition(":")
    source, action = _source_and_action(pair.strip())
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


def _source_and_action(pair: str) -> tuple[str, str]:
    """Return source and action of a rule; empty texts where they cannot be read."""
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
