"""Why a training image stands in the queue of suspects, in words."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from explorer.runs.results.audit import AuditResult

# A share of the images this small is said to stand out in a ranking.
STANDING_OUT = 0.05
# The noise model's probability of a wrong label, or the share of neighbours or errors, from which words are made of it.
PROBABLY = 0.5
# Reasons given for one image: more are not read.
GIVEN = 2


@dataclass(frozen=True)
class Suspect:
    """A training image in the queue.

    Attributes:
        score: by which the queue is ordered; log-odds, no probability.
        reason: why it is suspect, in words.
        suggested_label: the most probable other class.
        truly_wrong: whether its label is known to be wrong; None where no truth is known.
    """

    train_index: int
    score: float
    reason: str
    suggested_label: str
    truly_wrong: bool | None


def suspects(result: AuditResult, count: int | None = None) -> list[Suspect]:
    """Return the first ``count`` of the queue, all of it by default."""
    truth, names = result.run.truth, result.run.class_names
    return [
        Suspect(
            train_index=int(row),
            score=float(result.score[row]),
            reason=reason(result, int(row)),
            suggested_label=names[int(result.suggested[row])],
            truly_wrong=None if truth is None else bool(truth[row] != result.run.train_labels[row]),
        )
        for row in result.order[:count]
    ]


def reason(result: AuditResult, row: int) -> str:
    """Return why a training image is suspect, the strongest reasons first."""
    reasons = list(_reasons(result, row))[:GIVEN]
    return "; ".join(reasons) or _otherwise(result, row)


def _reasons(result: AuditResult, row: int) -> Iterator[str]:
    standing = {name: float(shares[row]) for name, shares in result.standing.items()}
    if result.wrong[row] >= PROBABLY:
        suggested = result.run.class_names[int(result.suggested[row])]
        yield f"probably mislabelled: more likely {suggested} ({percent(result.wrong[row])})"
    yield from _harms(result, row)
    if standing["harm"] <= STANDING_OUT:
        yield f"harms the trusted images more than {percent(1 - standing['harm'])} of all"
    if standing["confident learning"] <= STANDING_OUT:
        seen = float(np.exp(-result.evidence["confident learning"][row]))
        yield f"a model that has not seen it gives its label {percent(seen)}"
    share = float(result.evidence["neighbours"][row])
    if share > PROBABLY:
        voters = int(result.voters[row])
        several = f"{round(share * voters)} of the {voters} images most like it carry"
        yield f"{several if voters > 1 else 'the image most like it carries'} another label"
    if standing["self-influence"] <= STANDING_OUT:
        yield f"bends the model towards itself more than {percent(1 - standing['self-influence'])} of all"


def percent(share: float) -> str:
    """Return a share in percent that claims no certainty: never 0 or 100 %."""
    return f"{min(max(round(100 * share), 1), 99)} %"


def _harms(result: AuditResult, row: int) -> Iterator[str]:
    """Yield the cell of errors, such as cats called dog, most of which the image harms."""
    counts, cells = result.arrays["harmed"][:, row], result.facts["cells"]
    shares = [count / cell["errors"] for count, cell in zip(counts, cells, strict=True)]
    if shares and max(shares) >= PROBABLY:
        cell, count = cells[int(np.argmax(shares))], counts[int(np.argmax(shares))]
        yield f"harms {count} of the {cell['errors']} images of class {cell['label']} called {cell['predicted']}"


def _otherwise(result: AuditResult, row: int) -> str:
    """Return what is said of an image against which no evidence stands out."""
    curvature = result.run.curvature
    if curvature.dense and float((curvature.leverages > curvature.leverages[row]).mean()) <= STANDING_OUT:
        return "an unusual picture, but it does little harm: an outlier that does not matter"
    return "nothing in particular: it only stands where the queue has come to"
