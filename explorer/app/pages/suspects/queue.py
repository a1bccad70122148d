"""The review queue as blocks: for each suspect training image the reason, its rank by each method, and whom it harms."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypedDict

import numpy as np

from explorer.app import backend, screen_text, urls
from explorer.app.components.blocks.blocks import Link
from explorer.app.components.gallery.gallery import Tile
from explorer.app.components.image_marks.image_marks import ImageMarks, image_file
from explorer.app.components.image_tiles import image_tiles
from explorer.app.server import inline_thumbnail, thumbnail_url
from explorer.core.keyed_cache import keyed_cache
from explorer.evaluation.audit import RANKINGS, WHOLE
from explorer.runs.edits import actions, edit_log
from explorer.runs.edits.change import State
from explorer.runs.results.audit import AuditResult
from explorer.runs.results.audit_reasons import reason
from explorer.runs.run import Run

# Images on a page of the queue: an hour's work, and one message of 300 kB.
PAGE_SIZE = 200
# Pictures sent along before and after the open image; the browser fetches the others while a person looks.
BEFORE, AFTER = 6, 40
# Wrong predictions shown under an image.
HARMED = 6
# Confusion cells that are named under an image; more are no longer read.
NAMED_CELLS = 2
# A rank in the first twentieth is printed strong.
STRONG = 0.05
# The single rankings in two columns, so that a person sees what influence adds.
EVIDENCE = {
    "What influence says": ("harm", "self-influence", WHOLE),
    "What other methods say": ("loss", "gradient norm", "neighbours", "confident learning"),
}


@dataclass(frozen=True)
class QueuePage:
    """One page of the review queue.

    Attributes:
        rows: training rows on this page, the most suspect first.
        length: images in the whole queue.
        page: number of this page, from 1.
    """

    rows: tuple[int, ...]
    length: int
    page: int

    @property
    def pages(self) -> int:
        """Number of pages in the queue, at least 1."""
        return max(1, -(-self.length // PAGE_SIZE))


class Evidence(TypedDict):
    """The rank of an image in one ranking, in words; ``strong`` where it stands out."""

    words: str
    strong: bool


class QueueEntry(TypedDict):
    """An image of the queue; ``harmed`` are test rows and its scores on them in words."""

    id: str
    src: str
    alt: str
    title: str
    file: str
    reason: str
    evidence: dict[str, Evidence]
    does: str
    links: list[Link]
    harmed: list[tuple[int, str]]


class RankingNames(TypedDict):
    """A column of the evidence: rankings and what they are called."""

    title: str
    names: dict[str, str]


class QueueEntries(TypedDict):
    """What does not change while a person decides; ``tests`` are tiles by test row, ``token`` names audit and part."""

    token: str
    entries: list[QueueEntry]
    tests: dict[str, Annotated[dict[str, Any], Tile]]
    rankings: list[RankingNames]


class ReviewBlock(QueueEntries):
    """A part of the queue; ``open`` is the row shown first, ``done`` what was decided, ``inline`` pictures by row.

    ``undo`` says what undoing would take back.
    """

    kind: Literal["review"]
    run: str
    classes: list[str]
    open: str
    done: dict[str, str]
    inline: dict[str, str]
    progress: str
    undo: str
    answers: list[Annotated[dict[str, Any], actions.Answer]]


def queue_page(order: np.ndarray, page: int | None, row: int | None) -> QueuePage:
    """Return a page of the queue: the requested one, else the one that contains ``row``, else the first.

    Args:
        order: training rows ``(n,)``, the most suspect first.
        page: number from 1; beyond the end, the last page is returned.
        row: a training row; ignored where ``page`` is given.
    """
    place = np.flatnonzero(order == row) if row is not None else np.empty(0, dtype=int)
    wanted = page or (int(place[0]) // PAGE_SIZE + 1 if len(place) else 1)
    at = max(1, min(wanted, -(-len(order) // PAGE_SIZE)))
    return QueuePage(tuple(order[PAGE_SIZE * (at - 1) : PAGE_SIZE * at].tolist()), len(order), at)


def review_block(
    run: Run, audit: AuditResult, shown: QueuePage, row: int | None, answers: Sequence[dict[str, Any]]
) -> ReviewBlock:
    """Return the block of a queue page: one image large, the others as a strip of thumbnails.

    Args:
        run: the audited run.
        audit: the audit of its training labels.
        shown: the page; not empty.
        row: the training image to open; where it is not on the page, the first undecided one is opened.
        answers: blocks that answer the last actions of this browser.
    """
    state = edit_log.state(run.data_digest)
    at = shown.rows.index(row) if row in shown.rows else _first_undecided(run, shown, state)
    near = shown.rows[max(0, at - BEFORE) : at + AFTER]
    entries, known = _entries(audit, shown, urls.run_name()), ImageMarks.of(run)
    return {
        "kind": "review",
        **entries,
        "tests": {row: tile | {"marks": known.test(int(row))} for row, tile in entries["tests"].items()},
        "run": run.id,
        "classes": run.class_names,
        "open": str(shown.rows[at]),
        "done": decision_labels(run, shown.rows, state),
        "inline": {str(each): picture for each in near if (picture := inline_thumbnail(run.id, "train", each))},
        "progress": progress(run, shown, state),
        "undo": undo_words(run),
        "answers": list(answers),
    }


def _first_undecided(run: Run, shown: QueuePage, state: State) -> int:
    """Return the position of the first undecided image on the page; 0 where all are decided."""
    done = decision_labels(run, shown.rows, state)
    return next((place for place, row in enumerate(shown.rows) if str(row) not in done), 0)


def decision_labels(run: Run, rows: Sequence[int], state: State) -> dict[str, str]:
    """Map each reviewed training row to its decision, such as ``confirmed`` or ``→ dog``; undecided rows are left out."""
    pictures = run.arrays["train_rows"]
    decisions = {str(row): actions.decision(state, int(pictures[row])) for row in rows}
    return {row: decision for row, decision in decisions.items() if decision}


def progress(run: Run, shown: QueuePage, state: State) -> str:
    """Return the progress through a page as text: ``34 of 200 decided: 21 changes, 13 confirmations``."""
    decisions = decision_labels(run, shown.rows, state).values()
    changed = sum(decision != actions.CONFIRMED for decision in decisions)
    counts = (
        f"{screen_text.counted(changed, 'change')}, {screen_text.counted(len(decisions) - changed, 'confirmation')}"
    )
    page = f" · part {shown.page:,} of {shown.pages:,}" if shown.pages > 1 else ""
    return f"{len(decisions):,} of {len(shown.rows):,} decided" + (f": {counts}" if decisions else "") + page


def undo_words(run: Run) -> str:
    """Return what undoing would take back; nothing where there is nothing."""
    latest = edit_log.latest_step(run.data_digest, edit_log.AUTHOR)
    return actions.describe_changes(run, [edit.change for edit in latest]) if latest else ""


def queue_summary(audit: AuditResult, shown: QueuePage, first: str = "the most suspect") -> str:
    """Return the paragraph below the queue: its length and order, the audit's λ, how ranks are read, and the audit's caveats."""
    return (
        f"{shown.length:,} training images in the queue, {first} first. The ranking has a model of its own: "
        f"its penalty on large weights, λ = {audit.l2:.3g}, is the one of those tried that predicts the trusted images best. Ranks count from the most "
        "suspect of all images; strong ones are in the first twentieth. Influence asks what an image does to the test images "
        "that you trust; the other methods ask only how badly it fits."
        + "".join(f" {caveat}" for caveat in audit.caveats)
    )


@keyed_cache(8)
def _entries(audit: AuditResult, shown: QueuePage, name: str) -> QueueEntries:
    """Return the parts of the block that decisions do not change, cached; the token identifies the audit and the page.

    ``name`` is the run's name in the address, used in all links; it is part of the cache key because it may later name another run.
    """
    run = backend.warm_run(audit.run.id)
    harmed = most_harmed(run, shown.rows)
    entries = [_entry(audit, row, name, worst) for row, worst in zip(shown.rows, harmed, strict=True)]
    tests = {test for worst in harmed for test, _ in worst}
    tiles = {str(test): _test_tile(run, test) for test in sorted(tests)}
    rankings: list[RankingNames] = [
        {"title": title, "names": {name: RANKINGS[name] for name in names if name in audit.evidence}}
        for title, names in EVIDENCE.items()
    ]
    return {
        "token": f"{audit.facts['checksum_of_arrays']}-{len(audit.evidence)}-{hash(shown)}",
        "entries": entries,
        "tests": tiles,
        "rankings": rankings,
    }


def _test_tile(run: Run, test: int) -> dict[str, Any]:
    """Return the tile of a test image without its marks, which change while a person decides."""
    return vars(image_tiles.prediction_tile(run, test)) | {"file": image_file(run, "test", test)}


def most_harmed(run: Run, rows: Sequence[int]) -> list[list[tuple[int, str]]]:
    """Return for each training row the wrongly predicted test rows that it harms most, each with its score (nats) as text."""
    wrong = np.flatnonzero(run.predicted != run.test_labels)
    if not len(wrong) or not run.curvature.dense:
        return [[] for _ in rows]
    scorer, tests = run.scorer(run.default_method), run.tests_of(wrong)
    return [_most_harmed_by(wrong, scorer.column(row, tests)) for row in rows]


def _most_harmed_by(tests: np.ndarray, scores: np.ndarray) -> list[tuple[int, str]]:
    order = np.argsort(scores, kind="stable")[:HARMED]
    return [(int(tests[at]), screen_text.signed(float(scores[at]))) for at in order if scores[at] < 0]


def _entry(audit: AuditResult, row: int, name: str, harmed: list[tuple[int, str]]) -> QueueEntry:
    run, why = audit.run, screen_text.spaced(reason(audit, row))
    label, suggested = run.class_names[run.train_labels[row]], run.class_names[int(audit.suggested[row])]
    return {
        "id": str(row),
        "src": thumbnail_url(run.id, "train", row),
        "alt": f"training image {row}, labelled {label}",
        "title": f"Labelled {label}. Rather {suggested}?",
        "file": image_file(run, "train", row),
        "reason": f"{why[:1].upper()}{why[1:]}.",
        "evidence": ranks_by_method(audit, row),
        "does": harm_summary(audit, row),
        "links": [
            {
                "label": f"Training image {row}: all that it does",
                "href": urls.address("training_image", run=name, train=row),
            }
        ],
        "harmed": harmed,
    }


def ranks_by_method(audit: AuditResult, row: int) -> dict[str, Evidence]:
    """Return the rank of a training image by each method as text; ``strong`` where it is in the first twentieth."""
    ranks = {name: int(places[row]) for name, places in audit.ranks.items()}
    n = len(audit.score)
    return {name: {"words": f"{ordinal(rank)} of {n:,}", "strong": rank <= STRONG * n} for name, rank in ranks.items()}


def ordinal(rank: int) -> str:
    """Return ``1st``, ``2nd``, ``3rd``, ``11th`` …"""
    ending = "th" if rank % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th")
    return f"{rank:,}{ending}"


def harm_summary(audit: AuditResult, row: int) -> str:
    """Return which wrong predictions a training image harms: ``Harms 14 of the 18 images labelled cat …``.

    An image may be among the worst for some and still do the trusted images good on the whole: then the sentence says both.
    """
    cells = list(_harmed_cells(audit, row))
    if not cells:
        return "It is not among the training images that harm wrong predictions most."
    if audit.evidence["harm"][row] < 0:
        rank = f"{ordinal(int(audit.ranks['harm'][row]))} of {len(audit.score):,}"
        return (
            f"▼ Good on the whole, harmful to some: over all trusted images together it lowers the loss (by harm it is the {rank}), "
            f"yet it is among the training images that most harm {' and '.join(cells)}."
        )
    return f"▼ Harms {' and '.join(cells)}: it is among the training images that harm each of them most."


def _harmed_cells(audit: AuditResult, row: int) -> Iterator[str]:
    cells, counts = audit.facts["cells"], audit.arrays["harmed"][:, row]
    for at in np.argsort(-counts, kind="stable")[:NAMED_CELLS]:
        if counts[at]:
            cell = cells[at]
            yield f"{counts[at]:,} of the {cell['errors']:,} images labelled {cell['label']} but called {cell['predicted']}"
