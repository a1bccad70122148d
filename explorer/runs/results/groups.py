"""The sub-populations of a run, their summed influence and the measured effect of leaving each out, cached on disk."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from explorer.core.cached_result import CachedResult, cached_json
from explorer.core.progress import Progress, silent
from explorer.evaluation.agreement import measured_changes
from explorer.evaluation.group_influence import class_means, class_scores, joint_step, removable
from explorer.evaluation.groups import Clustering, sub_populations
from explorer.models.head import Head
from explorer.runs.results.paths import groups_file
from explorer.runs.run import Run

WHOLE = "It is the whole class; a model without any image of a class cannot be fitted."
# Counted up when the figures change their meaning, so that what an older version kept is computed again.
VERSION = 2
Figures = dict[str, float]


@dataclass(frozen=True, eq=False)
class Group:
    """A group of training images of one class that belong together.

    Attributes:
        label: the class's row.
        rows: ``(r,)`` training rows, the most typical first.
        score_by_class: for each class with test images, the predicted mean change of loss of its test images if the group
            were left out, nats: the sum of the members' scores (``newton``; ``influence-cg`` where no factor fits).
            Positive is helpful.
        joint_by_class: the same, by one Newton step without all of them together; None where nothing could be measured or no
            factor fits.
        measured_by_class: the same, measured by a real refit without the group; None where ``reason`` says why.
        separation: from the nearest other group of the class, in deviations (:func:`explorer.evaluation.groups.separation`);
            None where the class is one group.
        reason: why nothing was measured; else empty.
    """

    label: int
    rows: np.ndarray
    score_by_class: Figures
    joint_by_class: Figures | None
    measured_by_class: Figures | None
    separation: float | None
    reason: str = ""

    @property
    def apart(self) -> bool:
        """Whether there is a gap between this group and all others of its class."""
        return self.separation is not None and self.separation >= Clustering().gap


def find_groups(run: Run, progress: Progress = silent) -> list[Group]:
    """Return the groups of all classes; they are read where they were computed before."""
    return _cached(run).get_or_compute(lambda: _computed(run, progress))


def load_groups(run: Run) -> list[Group] | None:
    """Return the groups that were computed before, or None where there are none that are whole."""
    return _cached(run).load()


def _computed(run: Run, progress: Progress) -> list[Group]:
    parts = sub_populations(run.head.train_features[:, :-1], run.train_labels, Clustering(), progress)
    members = [part.rows for part in parts]
    scores = class_scores(run.scorer(run.default_method), run.tests, members, len(run.class_names))
    left_out = [rows for rows in members if removable(run.train_labels, rows)]
    changes = (change(run, left_out, progress) for change in (_joint, _measured))
    joint, measured = (iter(_named(run, class_means(each, run.test_labels, len(run.class_names)))) for each in changes)
    groups = []
    for part, by_scores in zip(parts, _named(run, scores), strict=True):
        can = removable(run.train_labels, part.rows)
        figures = (by_scores, next(joint, None) if can else None, next(measured) if can else None)
        groups.append(Group(part.label, part.rows, *figures, _finite(part.separation), "" if can else WHOLE))
    return groups


def _measured(run: Run, left_out: list[np.ndarray], progress: Progress) -> np.ndarray:
    """Return the measured changes ``(k, m)``, one refit after the other, so that a person sees how far they are."""
    measured = [np.empty((0, len(run.test_labels)))]
    for done, rows in enumerate(left_out, 1):
        progress("Refits without each group", done - 1, len(left_out))
        measured.append(measured_changes(run.curvature, run.tests, [rows], "", silent))
        progress("Refits without each group", done, len(left_out))
    return np.concatenate(measured)


def _joint(run: Run, left_out: list[np.ndarray], progress: Progress) -> np.ndarray:
    """Return the changes ``(k, m)`` by one Newton step without each group; none where no factor fits."""
    changes, head = [np.empty((0, len(run.test_labels)))], run.head
    for done, rows in enumerate(left_out if run.curvature.dense else [], 1):
        progress("One step without each group", done - 1, len(left_out))
        after = Head(head.train_features, head.train_labels, joint_step(run.curvature, rows), head.l2)
        changes.append(after.losses(run.test_features, run.test_labels)[None] - run.test_losses)
        progress("One step without each group", done, len(left_out))
    return np.concatenate(changes)


def _finite(separation: float | None) -> float | None:
    return separation if separation is not None and np.isfinite(separation) else None


def _named(run: Run, means: np.ndarray) -> list[Figures]:
    """Return each row of means ``(k, C)`` by the names of the classes that have test images."""
    present = [(row, name) for row, name in enumerate(run.class_names) if row in run.test_labels]
    return [{name: float(each[row]) for row, name in present} for each in means]


def _cached(run: Run) -> CachedResult[list[Group]]:
    version = {"recipe": asdict(Clustering()) | {"version": VERSION}}
    return cached_json(groups_file(run.id), _encoded, _decoded, version)


def _encoded(groups: list[Group]) -> dict[str, Any]:
    return {"groups": [asdict(group) | {"rows": group.rows.tolist()} for group in groups]}


def _decoded(content: dict[str, Any]) -> list[Group]:
    return [Group(**(entry | {"rows": np.array(entry["rows"], dtype=np.int64)})) for entry in content["groups"]]
