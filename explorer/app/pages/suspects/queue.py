"""A part of the queue of suspects as plain data: every image with the reason in words and the evidence side by side."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.app import backend, screen_text, urls
from explorer.app.components.blocks.blocks import Block
from explorer.app.components.image_tiles import image_tiles
from explorer.app.server import inline_thumbnail, thumbnail_url
from explorer.core.keyed_cache import keyed_cache
from explorer.evaluation.audit import RANKINGS
from explorer.runs.edits import actions, edit_log
from explorer.runs.edits.change import State
from explorer.runs.results.audit import AuditResult
from explorer.runs.results.audit_reasons import reason
from explorer.runs.run import Run

# Images in one part of the queue: an hour's work, and one message of 300 kB.
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
    "What influence says": ("harm", "self-influence"),
    "What other methods say": ("loss", "gradient norm", "neighbours", "confident learning"),
}


@dataclass(frozen=True)
class QueuePage:
    """A part of the queue.

    Attributes:
        rows: training rows of the part, the most suspect first.
        length: of the whole queue.
        page: which part it is, from 1.
    """

    rows: tuple[int, ...]
    length: int
    page: int

    @property
    def pages(self) -> int:
        """How many parts there are."""
        return max(1, -(-self.length // PAGE_SIZE))


def queue_page(order: np.ndarray, page: int | None, row: int | None) -> QueuePage:
    """Return a part of a queue: the one asked for, else the one with a training image, else the first.

    Args:
        order: training rows, the most suspect first.
        page: from 1; one beyond the end is the last.
        row: a training row.
    """
    place = np.flatnonzero(order == row) if row is not None else np.empty(0, dtype=int)
    asked = page or (int(place[0]) // PAGE_SIZE + 1 if len(place) else 1)
    at = max(1, min(asked, -(-len(order) // PAGE_SIZE)))
    return QueuePage(tuple(order[PAGE_SIZE * (at - 1) : PAGE_SIZE * at].tolist()), len(order), at)


def review_block(run: Run, found: AuditResult, shown: QueuePage, row: int | None, answers: Sequence[Block]) -> Block:
    """Return a part of the queue as it is drawn: one image large, its neighbours as a strip.

    Args:
        run: that was audited.
        found: its audit.
        shown: the part; not empty.
        row: the training image that is open first; where it is not in the part, the first that is not decided.
        answers: to what this browser asked for last.
    """
    state = edit_log.state(run.data_digest)
    at = shown.rows.index(row) if row in shown.rows else _first_undecided(run, shown, state)
    near = shown.rows[max(0, at - BEFORE) : at + AFTER]
    return {
        "kind": "review",
        **_entries(found, shown, urls.run_name()),
        "run": run.id,
        "classes": run.class_names,
        "open": str(shown.rows[at]),
        "done": decision_labels(run, shown.rows, state),
        "inline": {str(each): picture for each in near if (picture := inline_thumbnail(run.id, "train", each))},
        "progress": progress(run, shown, state),
        "answers": list(answers),
    }


def _first_undecided(run: Run, shown: QueuePage, state: State) -> int:
    """Return the place of the first image that nothing was decided on; 0 where all are done."""
    done = decision_labels(run, shown.rows, state)
    return next((place for place, row in enumerate(shown.rows) if str(row) not in done), 0)


def decision_labels(run: Run, rows: Sequence[int], state: State) -> dict[str, str]:
    """Return for each training row that was decided on what was decided, in words."""
    pictures = run.arrays["train_rows"]
    found = {str(row): actions.decision(state, int(pictures[row])) for row in rows}
    return {row: words_ for row, words_ in found.items() if words_}


def progress(run: Run, shown: QueuePage, state: State) -> str:
    """Return how far the review of a part is: ``34 of 200 looked at, 21 changed``."""
    done = decision_labels(run, shown.rows, state).values()
    changed = sum(words_ != "kept" for words_ in done)
    which = f" · part {shown.page} of {shown.pages}" if shown.pages > 1 else ""
    return f"{len(done):,} of {len(shown.rows):,} looked at, {changed:,} changed{which}"


def queue_summary(found: AuditResult, shown: QueuePage) -> str:
    """Return what the queue is made of."""
    return (
        f"{shown.length:,} training images in the queue, the most suspect first. The audit's own model punishes large "
        f"weights by λ = {found.l2:.3g}; of those tried, that predicts the trusted images best. Ranks count from the most "
        "suspect of all images; strong ones are in the first twentieth. Influence asks what an image does to the test images "
        "that you trust; the other methods ask only how badly it fits."
        + "".join(f" {caveat}" for caveat in found.caveats)
    )


@keyed_cache(8)
def _entries(found: AuditResult, shown: QueuePage, name: str) -> Block:
    """Return what does not change while a person decides; the token says which audit and part it is.

    ``name`` is that of the run in the address, to which all links lead: it may mean another run later.
    """
    run = backend.warm_run(found.run.id)
    harmed = most_harmed(run, shown.rows)
    entries = [_entry(found, row, name) | {"harmed": worst} for row, worst in zip(shown.rows, harmed, strict=True)]
    tests = {test for worst in harmed for test, _ in worst}
    tiles = {str(test): vars(image_tiles.prediction_tile(run, test)) for test in sorted(tests)}
    rankings = [
        {"title": title, "names": {name: RANKINGS[name] for name in names}} for title, names in EVIDENCE.items()
    ]
    return {
        "token": f"{found.facts['checksum_of_arrays']}-{hash(shown)}",
        "entries": entries,
        "tests": tiles,
        "rankings": rankings,
    }


def most_harmed(run: Run, rows: Sequence[int]) -> list[list[tuple[int, str]]]:
    """Return for each training row the wrong predictions that it harms most, with their scores in words."""
    wrong = np.flatnonzero(run.predicted != run.test_labels)
    if not len(wrong) or not run.curvature.dense:
        return [[] for _ in rows]
    scorer, tests = run.scorer(run.default_method), run.tests_of(wrong)
    return [_most_harmed_by(wrong, scorer.column(row, tests)) for row in rows]


def _most_harmed_by(tests: np.ndarray, scores: np.ndarray) -> list[tuple[int, str]]:
    order = np.argsort(scores, kind="stable")[:HARMED]
    return [(int(tests[at]), screen_text.signed(float(scores[at]))) for at in order if scores[at] < 0]


def _entry(found: AuditResult, row: int, name: str) -> Block:
    run, said = found.run, reason(found, row)
    label, suggested = run.class_names[run.train_labels[row]], run.class_names[int(found.suggested[row])]
    return {
        "id": str(row),
        "src": thumbnail_url(run.id, "train", row),
        "alt": f"training image {row}, labelled {label}",
        "title": f"Labelled {label}. Rather {suggested}?",
        "reason": f"{said[:1].upper()}{said[1:]}.",
        "evidence": ranks_by_method(found, row),
        "does": harm_summary(found, row),
        "links": [
            {
                "label": f"Training image {row}: all that it does",
                "href": urls.address("training_image", run=name, train=row),
            }
        ],
    }


def ranks_by_method(found: AuditResult, row: int) -> dict[str, dict[str, Any]]:
    """Return the rank of a training image in each single ranking, in words; ``strong`` where it stands out."""
    ranks = {name: int(places[row]) for name, places in found.ranks.items()}
    n = len(found.score)
    return {name: {"words": f"{ordinal(rank)} of {n:,}", "strong": rank <= STRONG * n} for name, rank in ranks.items()}


def ordinal(rank: int) -> str:
    """Return ``1st``, ``2nd``, ``3rd``, ``11th`` …"""
    ending = "th" if rank % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th")
    return f"{rank:,}{ending}"


def harm_summary(found: AuditResult, row: int) -> str:
    """Return what a training image does to the wrong predictions: ``Harms 14 of the 18 images labelled cat …``."""
    said = list(_harmed_cells(found, row))
    if not said:
        return "It is not among the training images that harm wrong predictions most."
    return f"▼ Harms {' and '.join(said)}: it is among the training images that harm each of them most."


def _harmed_cells(found: AuditResult, row: int) -> Iterator[str]:
    cells, counts = found.facts["cells"], found.arrays["harmed"][:, row]
    for at in np.argsort(-counts, kind="stable")[:NAMED_CELLS]:
        if counts[at]:
            cell = cells[at]
            yield f"{counts[at]:,} of the {cell['errors']:,} images labelled {cell['label']} but called {cell['predicted']}"
