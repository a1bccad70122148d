"""All methods of a trained run beside real retrainings: the figures of the page Trust and of ``trust --whole``."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass

import numpy as np

from explorer.core.errors import CancelledError, DamagedError, ExplorerError
from explorer.core.progress import Progress
from explorer.evaluation.agreement import group_sums
from explorer.evaluation.retrainings import shown, subsets
from explorer.evaluation.whole_agreement import Changes, datamodeling_interval, sizes
from explorer.models.smooth_cnn.metasmoothness import APART
from explorer.runs.whole_network.trust_plan import TESTS, TrustPlan, named
from explorer.runs.whole_network.trust_table import (
    Interval,
    MethodTrust,
    TrustTable,
    extended,
    kept_table,
    load_trust_table,
)
from explorer.runs.whole_network.truth.kept_retrainings import Removal, Retrainings
from explorer.runs.whole_network.truth.scores import Judged
from explorer.runs.whole_network.truth.sets import CHOOSERS, Sets

# Scores of one method on some test images; raises where the method cannot be judged.
Judge = Callable[[np.ndarray, Progress], Judged]


@dataclass(frozen=True, eq=False)
class Subject:
    """What is judged.

    Attributes:
        run_id: of the run.
        retrainings: of its network.
        judges: by method.
        losses: of the run's head on the test images ``(m,)``, nats.
    """

    run_id: str
    retrainings: Retrainings
    judges: Mapping[str, Judge]
    losses: np.ndarray

    @property
    def labels(self) -> np.ndarray:
        """Of the training images ``(n,)``."""
        return self.retrainings.training.labels.numpy()

    @property
    def images(self) -> int:
        """Test images that each retraining is asked."""
        return len(self.retrainings.exam.labels)


@dataclass(frozen=True)
class Wanted:
    """The retrainings that a plan needs.

    Attributes:
        own: by share, those of the training's own seed.
        other: by share and other seed.
        singles: without one image each.
    """

    own: Mapping[str, list[Removal]]
    other: Mapping[str, Mapping[int, list[Removal]]]
    singles: list[Removal]

    def __iter__(self) -> Iterator[Removal]:
        for some in (*self.own.values(), self.singles):
            yield from some
        for seeds in self.other.values():
            for some in seeds.values():
                yield from some


def wanted(plan: TrustPlan, retrainings: Retrainings) -> Wanted:
    """Return the retrainings of a plan; other seeds leave out the same images."""
    labels = retrainings.training.labels.numpy()
    drawn = {named(share): subsets(labels, share / 100, plan.retrainings) for share in plan.shares}
    seeds = range(retrainings.seed + 1, retrainings.seed + 1 + plan.seeds)
    few = {share: some[: plan.other_retrainings] for share, some in drawn.items()}
    alone = np.random.default_rng([APART, 1]).permutation(len(labels))[: plan.singles]
    return Wanted(
        {share: [retrainings.removal(rows) for rows in some] for share, some in drawn.items()},
        {
            share: {seed: [retrainings.removal(rows, seed) for rows in some] for seed in seeds}
            for share, some in few.items()
            if seeds
        },
        [retrainings.removal([row]) for row in alone],
    )


def measure_trust(
    subject: Subject, plan: TrustPlan, progress: Progress, announce: Callable[[int, float], None] = lambda *_: None
) -> TrustTable:
    """Return how far all methods agree with real retrainings, and keep it; what was finished before is not made again.

    Args:
        subject: that is judged.
        plan: which retrainings.
        progress: told of scores, then of retrainings.
        announce: told, before they begin, how many retrainings are missing and how many seconds they will take.

    Raises:
        ExplorerError: no method can be judged; the disk cannot be written.
        CancelledError: by ``progress``.
    """
    plan, made = extended(plan, load_trust_table(subject.run_id)), subject.retrainings
    rows = shown(subject.images, TESTS)
    judged, left_out = _judged(subject, list(subject.judges), rows, progress)
    groups, sets = wanted(plan, made), None
    made.make([made.removal([])], progress)
    if plan.sets:
        sets = _sets(subject, plan.sets, progress)
    needed = [*groups, *(sets.removals(made) if sets else ())]
    if missing := len(made.missing(needed)):
        announce(missing, made.seconds(needed))
    made.make(needed, progress)
    table = TrustTable(
        run=subject.run_id,
        plan=asdict(plan) | {"shares": [*plan.shares]},
        accuracy=float((made.whole[0] > 0).mean()),
        tests=rows.tolist(),
        retrainings={share: len(some) for share, some in groups.own.items()},
        other_retrainings=plan.other_retrainings,
        seeds=[*next(iter(groups.other.values()), {})],
        methods={name: method_trust(found, groups, made, rows) for name, found in judged.items()},
        chosen=sets.results(made) if sets else {},
        left_out=left_out,
    )
    kept_table(subject.run_id).save(table)
    return table


def _judged(
    subject: Subject, methods: list[str], rows: np.ndarray, progress: Progress
) -> tuple[dict[str, Judged], dict[str, str]]:
    """Return the scores of methods, and why others have none."""
    found, left_out = {}, {}
    for method in methods:
        try:
            found[method] = subject.judges[method](rows, progress)
        except (
            CancelledError,
            DamagedError,
        ):  # what is damaged says how to mend it; it is no reason to leave a method out
            raise
        except ExplorerError as error:
            left_out[method] = str(error)
    if not found:
        raise ExplorerError(f"No method can be judged. {' '.join(left_out.values())}")
    return found, left_out


def _sets(subject: Subject, count: int, progress: Progress) -> Sets:
    """Return the sets of the first test images that the network names rightly."""
    order = shown(subject.images, subject.images)
    tests = order[subject.retrainings.whole[0, order] > 0][:count]
    choosers = [name for name in CHOOSERS if name in subject.judges]
    judged, _ = _judged(subject, choosers, tests, progress)
    return Sets(tests, subject.losses[tests], subject.labels, judged)


def method_trust(judged: Judged, groups: Wanted, retrainings: Retrainings, rows: np.ndarray) -> MethodTrust:
    """Return the figures of one method on the judged test images ``rows``."""

    def changes(removals: list[Removal]) -> Changes:
        predicted = group_sums(judged.scores, [np.array(removal.dropped) for removal in removals])
        return Changes(predicted, retrainings.changes(removals, judged.losses)[:, rows])

    def score(blocks: list[list[Removal]]) -> Interval:
        return datamodeling_interval([changes(block) for block in blocks])

    found = {share: sizes(changes(some)) for share, some in groups.own.items()} if judged.unit else {}
    singles = sizes(changes(groups.singles))["pearson"] if groups.singles and judged.unit else None
    return MethodTrust(
        unit=judged.unit,
        lds={share: score([some]) for share, some in groups.own.items()},
        lds_other_seed={share: score([*seeds.values()]) for share, seeds in groups.other.items()},
        pearson={share: each["pearson"] for share, each in found.items()},
        slope={share: each["slope"] for share, each in found.items()},
        single_removals=singles,
        seconds_prepare=judged.seconds_prepare,
        seconds_query=judged.seconds_query,
        bytes_per_image=judged.bytes_per_image,
        peak_memory_bytes=judged.peak_memory_bytes,
    )
