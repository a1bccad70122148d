"""What a trained run's scores were found to be worth beside real retrainings, as it is kept with the run and shown."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from explorer.core import home
from explorer.core.cached_result import CachedResult, cached_json
from explorer.runs.whole_network.kept_basis import GROUP, groups_replayed
from explorer.runs.whole_network.kept_files import folder_of
from explorer.runs.whole_network.methods import AVERAGE
from explorer.runs.whole_network.trust_plan import TrustPlan

# A figure and the ends of its 95 % interval, over test images and subsets.
Interval = tuple[float, float, float]
# By the share of training images that were left out, in percent as it was given: "1", "5", "0.5".
ByShare = Mapping[str, Interval]
# Counted up when the same question would get other figures.
VERSION = 2


@dataclass(frozen=True)
class MethodTrust:
    """How far one method agrees with real retrainings, and what it costs.

    Attributes:
        unit: of its scores for a loss: ``"nats"``, or ``""`` where only their order means something; then there are no sizes.
        lds: linear datamodeling score at each share, retrainings of the run's own seed.
        lds_other_seed: the same, retrainings of other seeds; empty where there were none.
        pearson: of predicted and measured over all subsets and test images, at each share; empty where there is no unit.
        slope: of measured on predicted there; 1 is right, above 1 effects are larger than predicted.
        single_removals: Pearson of predicted and measured over single removals and test images; None where none were made.
        seconds_prepare: that its index took; 0 where it needs none.
        seconds_query: that one question takes.
        bytes_per_image: of its index.
        peak_memory_bytes: of the process while it answered.
    """

    unit: str
    lds: ByShare
    lds_other_seed: ByShare
    pearson: Mapping[str, float]
    slope: Mapping[str, float]
    single_removals: float | None
    seconds_prepare: float
    seconds_query: float
    bytes_per_image: float
    peak_memory_bytes: int


@dataclass(frozen=True)
class ChosenSets:
    """For some test images that were right, the most helpful training images by one chooser, removed together and retrained.

    Attributes:
        tests: the test images.
        removed: the training images of each set.
        predicted: change of each test image's margin by the chooser's own scores; None where they have no unit.
        replayed: change of the margin that ``replay-basis`` predicts of the same set; None where it was not there.
        measured: change of the margin, really retrained.
        wrong: how many of the test images were then wrong.
    """

    tests: list[int]
    removed: list[list[int]]
    predicted: list[float] | None
    replayed: list[float] | None
    measured: list[float]
    wrong: int

    @property
    def mean_measured(self) -> float:
        """Mean change of the margin."""
        return sum(self.measured) / len(self.measured)

    @property
    def ratio(self) -> float | None:
        """Mean of what was measured over mean of what the chooser predicted; None where it has no unit or predicted nothing."""
        whole = sum(self.predicted or [])
        return sum(self.measured) / whole if whole else None


@dataclass(frozen=True)
class TrustTable:
    """All that was measured of a run.

    Attributes:
        run: its id.
        plan: what was asked for, the fields of :class:`~explorer.runs.whole_network.trust_plan.TrustPlan`.
        accuracy: share of all test images that the network's own last layer names rightly, 0 to 1.
        tests: the judged test images.
        retrainings: how many were made at each share, own seed.
        other_retrainings: how many were made at each share and other seed.
        seeds: the other seeds.
        methods: by name.
        chosen: sets by the name of the chooser, ``"random"`` among them; empty where none were made.
        left_out: a sentence on each method that could not be judged.
    """

    run: str
    plan: Mapping[str, Any]
    accuracy: float
    tests: list[int]
    retrainings: Mapping[str, int]
    other_retrainings: int
    seeds: list[int]
    methods: Mapping[str, MethodTrust]
    chosen: Mapping[str, ChosenSets] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)


def load_trust_table(run_id: str) -> TrustTable | None:
    """Return what was measured last of a run, or None where nothing was."""
    return kept_table(run_id).load()


def kept_trust(run_id: str, plan: TrustPlan) -> TrustTable | None:
    """Return what was measured of a run, where it holds all that a plan asks for and no basis has grown since; else None."""
    table = load_trust_table(run_id)
    if table is None or extended(plan, table) != _plan(table):
        return None
    judged = {name: method.bytes_per_image for name, method in table.methods.items()}
    grown = any(count >= judged.get(name, 0) + GROUP for name, count in _directions(run_id).items())
    return None if grown else table


def _directions(run_id: str) -> dict[str, int]:
    """Return how many directions the methods that have some could use now; an average is one of several seeds."""
    own = groups_replayed(folder_of(run_id)) * GROUP
    others = sum(groups_replayed(each) for each in folder_of(run_id).glob("seed-*")) * GROUP
    return {"replay-basis": own, AVERAGE: own + others if others else 0}


def extended(plan: TrustPlan, table: TrustTable | None) -> TrustPlan:
    """Return a plan with the sets and single removals that a kept table has, where it asks for none."""
    if table is None:
        return plan
    kept = _plan(table)
    return replace(plan, sets=plan.sets or kept.sets, singles=plan.singles or kept.singles)


def _plan(table: TrustTable) -> TrustPlan:
    given = dict(table.plan) | {"shares": tuple(table.plan["shares"])}
    return TrustPlan(**given)


def kept_table(run_id: str) -> CachedResult[TrustTable]:
    """Return the table of a run as it lies on disk."""
    return cached_json(folder() / f"{run_id}.json", TrustTable.plain, _table, {"version": VERSION})


def folder() -> Path:
    """Return where tables and retrainings of all runs lie."""
    return home.root() / "whole_trust"


def _table(content: dict[str, Any]) -> TrustTable:
    known = {name: content[name] for name in TrustTable.__dataclass_fields__}
    known["methods"] = {name: _method(entry) for name, entry in content["methods"].items()}
    known["chosen"] = {name: ChosenSets(**entry) for name, entry in content["chosen"].items()}
    return TrustTable(**known)


def _method(entry: dict[str, Any]) -> MethodTrust:
    read = {name: {share: tuple(found) for share, found in entry[name].items()} for name in ("lds", "lds_other_seed")}
    return MethodTrust(**(entry | read))
