"""What is known of a run's images as tables that people take along: predictions, suspects, edits, an explanation.

A column is called alike in all of them. ``index`` is a row of the run's arrays, ``file`` lies below the data set's folder
(empty where pictures are no files), ``loss`` is in nats, ``margin`` the gap between the two most probable classes.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.core.errors import ExplorerError
from explorer.runs.edits import edit_log
from explorer.runs.edits.exchange import described, file_of
from explorer.runs.results.audit import AuditResult, load_audit
from explorer.runs.results.audit_reasons import suspects
from explorer.runs.results.explanation import Attribution
from explorer.runs.run import Run
from explorer.runs.selections import SIDES

# What scores of a whole network are about; with another start, other images may matter.
THIS_TRAINING = "this training"
EDIT_COLUMNS = (
    *("side", "index", "file", "action", "label_from", "label_to", "value"),
    *("author", "time", "in_force", "row", "image"),
)


@dataclass(frozen=True)
class Table:
    """Rows of one shape.

    Attributes:
        columns: their names, in order.
        rows: each with a value for every column: text, a number, a truth value, or None where it is not known.
    """

    columns: tuple[str, ...]
    rows: list[dict[str, Any]]

    @staticmethod
    def of(values: Mapping[str, Sequence[Any]]) -> "Table":
        """Return the table of these columns, all of one length."""
        return Table(tuple(values), [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)])


def predictions(run: Run, side: str = "test", rows: np.ndarray | None = None) -> Table:
    """Return one row an image: what the model says of it, and what is known of ranks and edits.

    Args:
        run: whose head predicts.
        side: ``"test"`` or ``"train"``.
        rows: images ``(k,)`` of the side in the order of the table; all where None.
    """
    chosen = np.arange(len(run.labels(side))) if rows is None else np.asarray(rows, dtype=np.int64)
    known = _known_of_test(run, chosen) if side == "test" else _known_of_train(run, chosen)
    return Table.of(_figures(run, side, chosen) | known)


def selection(run: Run, chosen: Mapping[str, np.ndarray]) -> Table:
    """Return the predictions of some images of one side or of both, with the column ``side`` first.

    Args:
        run: whose head predicts.
        chosen: images ``(k,)`` by their side.
    """
    parts = {side: predictions(run, side, chosen[side]) for side in SIDES if len(chosen.get(side, ()))}
    columns = dict.fromkeys(["side", *(name for part in parts.values() for name in part.columns)])
    empty = dict.fromkeys(columns)
    return Table(tuple(columns), [empty | {"side": side} | row for side, part in parts.items() for row in part.rows])


def _figures(run: Run, side: str, rows: np.ndarray) -> dict[str, list[Any]]:
    names, labels, shares = run.class_names, run.labels(side)[rows], run.probabilities(side)[rows]
    features = run.test_features if side == "test" else run.head.train_features
    losses = run.test_losses[rows] if side == "test" else run.head.losses(np.asarray(features[rows]), labels)
    two = np.sort(shares, axis=1)[:, -2:]
    said = shares.argmax(axis=1)
    return {
        "index": rows.tolist(),
        "file": _files(run, side, rows),
        "label": [names[label] for label in labels],
        "prediction": [names[label] for label in said],
        "correct": (said == labels).tolist(),
        "loss": losses.tolist(),
        "margin": (two[:, 1] - two[:, 0]).tolist(),
    } | {f"probability_{name}": shares[:, at].tolist() for at, name in enumerate(names)}


def _known_of_test(run: Run, rows: np.ndarray) -> dict[str, list[Any]]:
    state = edit_log.state(run.data_digest)
    return {
        "trusted": [row in state.trusted for row in rows.tolist()],
        "tags": ["; ".join(state.test_tags.get(row, ())) for row in rows.tolist()],
        "note": [state.test_notes.get(row, "") for row in rows.tolist()],
    }


def _known_of_train(run: Run, rows: np.ndarray) -> dict[str, list[Any]]:
    ranks = suspect_ranks(run)
    placed = [None] * len(rows) if ranks is None else ranks[rows].tolist()
    return {"leverage": _leverages(run, rows), "suspect_rank": placed} | _decided(run, rows)


def _decided(run: Run, rows: np.ndarray) -> dict[str, list[Any]]:
    """Return what the edits in force say of training images; ``edit_label`` is the new class of a relabelled one."""
    state, pictures = edit_log.state(run.data_digest), [run.picture_row("train", int(row)) for row in rows]
    decisions = dict.fromkeys(state.kept, "keep") | dict.fromkeys(state.excluded, "exclude")
    decisions |= dict.fromkeys(state.labels, "relabel")
    return {
        "edit": [decisions.get(picture, "") for picture in pictures],
        "edit_label": [state.labels.get(picture, "") for picture in pictures],
        "tags": ["; ".join(state.tags.get(picture, ())) for picture in pictures],
        "note": [state.notes.get(picture, "") for picture in pictures],
    }


def _files(run: Run, side: str, rows: np.ndarray) -> list[str]:
    return [file_of(run, side, run.picture_row(side, int(row))) for row in rows]


def _leverages(run: Run, rows: np.ndarray) -> list[float | None]:
    """Return the leverages of training images; None of a head that is too large for them."""
    return np.asarray(run.curvature.leverages)[rows].tolist() if run.curvature.dense else [None] * len(rows)


def suspect_ranks(run: Run) -> np.ndarray | None:
    """Return the place ``(n,)`` of each training image in the stored audit that trusts all test images, 1 the most suspect.

    None where there is no such audit.
    """
    with suppress(ExplorerError):  # a class without test images: there can be no audit
        if audit := load_audit(run):
            return _ranks(audit)
    return None


def _ranks(audit: AuditResult) -> np.ndarray:
    ranks = np.empty(len(audit.order), dtype=np.int64)
    ranks[audit.order] = np.arange(1, len(audit.order) + 1)
    return ranks


def suspect_table(audit: AuditResult) -> Table:
    """Return the queue of an audit, the most suspect first, each with its reason; ``truly_wrong`` where the truth is known."""
    run, order, queue = audit.run, audit.order, suspects(audit)
    figures = _figures(run, "train", order)
    columns: dict[str, list[Any]] = {"suspect_rank": list(range(1, len(queue) + 1))}
    columns |= {name: figures[name] for name in ("index", "file", "label", "prediction")}
    columns |= {
        "suggested_label": [each.suggested_label for each in queue],
        "score": [each.score for each in queue],
        "probability_wrong": audit.wrong[order].tolist(),
        "reason": [each.reason for each in queue],
    }
    truth = {} if run.truth is None else {"truly_wrong": [each.truly_wrong for each in queue]}
    return Table.of(columns | truth | {"leverage": _leverages(run, order)} | _decided(run, order))


def edits_table(run: Run) -> Table:
    """Return the edits that were not taken back, in the order in which they were made; ``label_to`` is that of a relabelling."""
    edits = edit_log.live(run.data_digest)
    says = {edit.id for edit in edit_log.in_force(edits)}
    lines = zip(edits, described(run, edits), strict=True)
    return Table(EDIT_COLUMNS, [_edit(line, edit.id in says) for edit, line in lines])


def _edit(line: dict[str, Any], in_force: bool) -> dict[str, Any]:
    relabels = line["action"] == "relabel"
    said = line | {
        "index": line["train_index"] if line["side"] == "train" else line["row"],
        "label_from": line["label"],
        "label_to": line["value"] if relabels else "",
        "value": "" if relabels else line["value"],
        "in_force": in_force,
    }
    return {name: said[name] for name in EDIT_COLUMNS}


def explanation_table(run: Run, explanation: Attribution) -> Table:
    """Return both galleries of an explanation, the strongest of each side first: ``side`` is ``helpful`` or ``harmful``.

    By a method of the whole network each line ends with which question is answered.
    """
    sides = {"helpful": explanation.helpful, "harmful": explanation.harmful}
    entries = [(side, rank, each) for side, shown in sides.items() for rank, each in enumerate(shown, 1)]
    rows = np.array([each.train_index for _, _, each in entries], dtype=np.int64)
    columns: dict[str, list[Any]] = {
        "side": [side for side, _, _ in entries],
        "rank": [rank for _, rank, _ in entries],
        "index": rows.tolist(),
        "file": _files(run, "train", rows),
        "label": [each.label for _, _, each in entries],
        "score": [each.score for _, _, each in entries],
        "probability_without": [each.probability_without for _, _, each in entries],
    }
    whole = {"answers_for": [THIS_TRAINING] * len(entries)} if explanation.whole else {}
    return Table.of(columns | _known_of_train(run, rows) | whole)


def cell(run: Run, side: str, label: str | None, prediction: str | None) -> np.ndarray:
    """Return the images ``(k,)`` of a side that have this label and this prediction, each where it is given.

    Raises:
        ExplorerError: the run has no such class.
    """
    fits = np.ones(len(run.labels(side)), dtype=bool)
    for name, values in ((label, run.labels(side)), (prediction, run.probabilities(side).argmax(axis=1))):
        if name is not None:
            fits &= values == run.class_index(name)
    return np.flatnonzero(fits)
