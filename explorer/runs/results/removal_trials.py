"""Predictions put to the test: images are left out, the head is refitted, and both figures are kept."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer.core.errors import ExplorerError
from explorer.evaluation.refit import refit_without
from explorer.models.head import Head
from explorer.runs.database import database, reading, seal, sound
from explorer.runs.results.explanation import MOST, explain
from explorer.runs.run import Run


@dataclass(frozen=True)
class Trial:
    """What was predicted for a removal and what a real refit measured.

    Attributes:
        predicted_loss_change: sum of the removed images' scores, nats.
        measured_loss_change: loss of the true label after the refit minus before, nats.
        probability_before: of the true label.
        probability_after: of the true label.
        seconds: that the refit, or the training from scratch, took.
    """

    test: int
    removed: list[int]
    predicted_loss_change: float
    measured_loss_change: float
    probability_before: float
    probability_after: float
    label_before: str
    label_after: str
    seconds: float


def verify(run: Run, index: int, removed: Sequence[int], method: str | None = None) -> Trial:
    """Leave training images out, refit, compare with the prediction, and keep the trial.

    Raises:
        ExplorerError: an index does not exist, nothing is removed, a class would be left empty, or the method's
            scores are not changes of loss.
    """
    features = np.asarray(run.test_features[run.check_test(index)])
    rows = removed_rows(run, removed)
    method = method or run.default_method
    scorer = run.scorer(method)
    if scorer.estimator.unit != "nats":
        raise ExplorerError(f"Scores of {method} are no changes of loss; verify newton or influence.")
    target = run.test_labels[index : index + 1]
    predicted = float(scorer.exact(scorer.tests(features[None], target), rows).sum())
    start = time.perf_counter()
    head = run.head
    after = Head(head.train_features, head.train_labels, refit_without(run.curvature, [rows])[0], head.l2)
    seconds = time.perf_counter() - start
    return save_trial(run, method, compared(run, index, rows, predicted, (after, features), seconds))


def compared(
    run: Run, index: int, rows: np.ndarray, predicted: float, after: tuple[Head, np.ndarray], seconds: float
) -> Trial:
    """Return the trial of a removal: the run's head on a test image beside another head on that head's features ``(d,)``."""
    target = run.test_labels[[index]]
    pairs = ((run.head, run.test_features[[index]]), (after[0], after[1][None]))
    losses = [float(head.losses(seen, target)[0]) for head, seen in pairs]
    labels = [run.class_names[int(head.logits(seen)[0].argmax())] for head, seen in pairs]
    return Trial(
        test=index,
        removed=rows.tolist(),
        predicted_loss_change=predicted,
        measured_loss_change=losses[1] - losses[0],
        probability_before=float(np.exp(-losses[0])),
        probability_after=float(np.exp(-losses[1])),
        label_before=labels[0],
        label_after=labels[1],
        seconds=seconds,
    )


def removed_rows(run: Run, removed: Sequence[int]) -> np.ndarray:
    """Return what is to be removed, each row once, in order.

    Raises:
        ExplorerError: an index does not exist, or nothing is removed.
    """
    rows = np.unique([run.check_train(int(row)) for row in removed]).astype(int)
    if not len(rows):
        raise ExplorerError("Nothing is removed; name at least one training image.")
    return rows


def strongest(run: Run, index: int, top: int, sign: str, method: str | None = None) -> list[int]:
    """Return the strongest so many training images of a test image; the last of a class that is left stays.

    Args:
        run: that is explained.
        index: of the test image.
        top: how many.
        sign: ``helpful`` or ``harmful``.
        method: of the run; its default where None.

    Raises:
        ExplorerError: index, method, sign or number do not exist.
    """
    if sign not in ("helpful", "harmful"):
        raise ExplorerError(f"The sign is {sign!r}; choose helpful or harmful.")
    # At most one image a class is passed over, so the list holds enough others.
    shown = min(MOST, top + len(run.class_names)) if 1 <= top <= MOST else top
    explanation = explain(run, index, method, shown)
    left = np.bincount(run.train_labels, minlength=len(run.class_names))
    rows: list[int] = []
    for entry in explanation.helpful if sign == "helpful" else explanation.harmful:
        label = run.train_labels[entry.train_index]
        if len(rows) < top and left[label] > 1:
            left[label] -= 1
            rows.append(entry.train_index)
    return rows


def measured_effects(run: Run, train_index: int) -> np.ndarray:
    """Return the changes of loss ``(m,)`` in nats of all test images after one training image is really left out.

    Raises:
        ExplorerError: the image does not exist, or is the last of its class.
    """
    head, row = run.head, run.check_train(train_index)
    after = Head(head.train_features, head.train_labels, refit_without(run.curvature, [np.array([row])])[0], head.l2)
    return after.losses(run.test_features, run.test_labels) - run.test_losses


def load_trials(run_id: str) -> list[tuple[float, float]]:
    """Return predicted and measured changes of loss of all refits of a run, in the order in which they were made."""
    with reading() as connection:
        rows = sound(connection, "trials", "run = ? AND method != 'from scratch'", (run_id,))
    return [(float(row["predicted"]), float(row["measured"])) for row in rows]


def from_scratch(run_id: str, index: int) -> list[tuple[int, float, float]]:
    """Return how many images were left out, predicted and measured change of loss, for each training from scratch."""
    with reading() as connection:
        rows = sound(connection, "trials", "run = ? AND test = ? AND method = 'from scratch'", (run_id, index))
    return [(len(json.loads(row["removed"])), float(row["predicted"]), float(row["measured"])) for row in rows]


def save_trial(run: Run, method: str, trial: Trial) -> Trial:
    """Keep a trial among those of its run, and return it."""
    row = (run.id, trial.test, method, json.dumps(trial.removed))
    figures = (trial.predicted_loss_change, trial.measured_loss_change, time.time())
    with database() as connection:
        made = connection.execute(
            "INSERT INTO trials (run, test, method, removed, predicted, measured, made) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (*row, *figures),
        )
        seal(connection, "trials", int(made.lastrowid or 0))
    return trial
