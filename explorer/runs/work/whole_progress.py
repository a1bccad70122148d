"""One bar for a whole work: its stages laid end to end, each as long as it is expected to take; the bar never runs back."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

# Seconds of what was expected that count beside what was seen: the first moment of a work says little about its speed.
PRIOR_SECONDS = 4.0
# From this share of a stage on, its own pace counts as much as what was expected of it, and later more.
HALF_BELIEVED = 0.15
# How many times as fast or as slow as expected a work may seem at most.
SLOWEST, FASTEST = 8.0, 0.2
# A stage that says nothing is taken to be at most so far.
SILENT_SHARE = 0.95
# A stage whose first word is that it is so far had been begun before.
RESUMED = 0.5
# Figures in the name of a stage, such as that of λ, which differ from run to run.
FIGURES = re.compile(r"= *[-+.\de]+")
# The start of the program, and what it does after the last stage.
START, END = "", "Finishing"


@dataclass
class WholeProgress:
    """How far a work is that reports stage by stage.

    Attributes:
        expected: seconds that each stage is expected to take, in their order; empty where nothing is known.
        begun: the moment at which the work began, in seconds.
        last: the moment of the last report.
        took: seconds that each stage has taken so far, in their order.
        resumed: stages of which a part was finished before.
        share: finished share of the whole work, 0 to 1.
        left: seconds that it still takes; None where that is not known.
    """

    expected: Mapping[str, float]
    begun: float
    last: float
    took: dict[str, float] = field(default_factory=dict)
    resumed: set[str] = field(default_factory=set)
    share: float = 0.0
    left: float | None = None
    _names: dict[str, str] = field(default_factory=dict)
    _entered: float = 0.0
    _part: float = 0.0
    _stage: str = START

    def __post_init__(self) -> None:
        """Count what passed until the first report as the start."""
        self.took[START] = self.last - self.begun
        self._entered = self.begun
        self.left = sum(self.expected.values()) or None

    def see(self, stage: str, done: float, total: float, now: float) -> None:
        """Take note of how far a stage is at the moment ``now``; the others are a progress report's arguments."""
        part = min(1.0, done / total) if total else 1.0
        key = self._key(stage)
        if key != self._stage:
            self._stage, self._entered, self._part = key, self.last, 0.0
            if RESUMED <= part < 1 and key not in self.took:
                self.resumed.add(key)
        self._part = max(self._part, part)
        self.took[key] = self.took.get(key, 0.0) + now - self.last
        self.last = now
        self._estimate(now)

    def tick(self, now: float) -> None:
        """Let time pass in a stage that says nothing."""
        self._estimate(now)

    def _key(self, stage: str) -> str:
        """Return what a stage is called whatever its figures are; a second one of the same words is numbered."""
        if stage not in self._names:
            words = FIGURES.sub("=", stage)
            alike = sum(name == words or name.startswith(f"{words} #") for name in self._names.values())
            self._names[stage] = f"{words} #{alike + 1}" if alike else words
        return self._names[stage]

    def _estimate(self, now: float) -> None:
        if self._stage in self.expected:
            self._foresee(now)
        elif not self.expected:  # nothing is known: each stage fills half of what is left
            at = len(self.took) - 1
            self._reach(1 - 0.5 ** (at - 1) + 0.5**at * self._part if at else 0.0)

    def _foresee(self, now: float) -> None:
        names, whole = list(self.expected), sum(self.expected.values())
        planned, later = self.expected[self._stage], names[names.index(self._stage) + 1 :]
        pace = self._pace(now)
        spent = now - self._entered
        silent = min(SILENT_SHARE, spent / (pace * planned)) if planned else SILENT_SHARE
        part = self._part if self._part >= 1 else max(self._part, silent)
        belief = self._part / (self._part + HALF_BELIEVED)
        own = spent * (1 - self._part) / self._part if self._part else 0.0
        rest = belief * own + (1 - belief) * pace * planned * (1 - part)
        open_ = sum(self.expected[name] for name in later)
        self.left = rest + pace * open_
        self._reach((whole - open_ - (1 - part) * planned) / whole)

    def _pace(self, now: float) -> float:
        """Return how many times as long as expected the finished stages took."""
        over = [name for name in self.took if name in self.expected and name != self._stage]
        seen, planned = sum(self.took[name] for name in over), sum(self.expected[name] for name in over)
        if self._part >= HALF_BELIEVED:
            seen, planned = seen + now - self._entered, planned + self._part * self.expected[self._stage]
        return min(SLOWEST, max(FASTEST, (seen + PRIOR_SECONDS) / (planned + PRIOR_SECONDS)))

    def _reach(self, share: float) -> None:
        self.share = max(self.share, min(1.0, share))
