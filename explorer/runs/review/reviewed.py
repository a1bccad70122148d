"""What was decided about each training image: its label before and after, and why."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from explorer.core.errors import ExplorerError
from explorer.runs.results.tables import predictions
from explorer.runs.run import Run

# What a decision is called in every form, by the action in the log of edits.
DECISIONS = {"exclude": "excluded", "relabel": "relabelled", "keep": "confirmed", "": ""}


@dataclass(frozen=True)
class Reviewed:
    """One training image.

    Attributes:
        index: of the image in the run.
        file: below the data set's folder; ``train/INDEX.png`` where it is no file.
        given: its label in the data.
        label: its label now; empty where it is left out.
        decision: ``"excluded"``, ``"relabelled"``, ``"confirmed"``, or empty where nothing was decided.
        reason: the note, the tags, or what the audit says of it; empty where there is none.
        prediction: what the model says.
        probabilities: of each class, in the order of the run's.
    """

    index: int
    file: str
    given: str
    label: str
    decision: str
    reason: str
    prediction: str
    probabilities: tuple[float, ...]


def reviewed(run: Run) -> Iterator[Reviewed]:
    """Yield all training images of a run with what the edits in force say of them."""
    reasons = _reasons(run)
    for row in predictions(run, "train").rows:
        decision = DECISIONS[row["edit"]]
        now = {"excluded": "", "relabelled": row["edit_label"]}.get(decision, row["label"])
        said = row["note"] or row["tags"] or (reasons.get(row["index"], "") if decision else "")
        shares = tuple(row[f"probability_{name}"] for name in run.class_names)
        yield Reviewed(
            row["index"],
            row["file"] or f"train/{row['index']:06d}.png",
            row["label"],
            now,
            decision,
            said,
            row["prediction"],
            shares,
        )


def _reasons(run: Run) -> dict[int, str]:
    """Return what the audit that is there says of each training image; nothing where there is none."""
    from explorer.runs.results.audit import load_audit
    from explorer.runs.results.audit_reasons import suspects

    with suppress(ExplorerError):  # a class without test images: there can be no audit
        if audit := load_audit(run):
            pairs: Any = zip(audit.order.tolist(), suspects(audit), strict=True)
            return {int(row): suspect.reason for row, suspect in pairs}
    return {}
