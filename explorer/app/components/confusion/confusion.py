"""The confusion matrix as links: each count opens the test images behind it."""

import numpy as np

from explorer.app import screen_text, urls
from explorer.app.components.blocks.blocks import Block, columns, doors, small, text
from explorer.app.components.ranking.ranking import Ranked, RankingBlock, ranking
from explorer.app.components.search_field.found_images import FEW
from explorer.app.components.search_field.search_field import search_field, search_words
from explorer.runs.run import Run

# A table of more classes than this is no longer read; classes and confusions are ranked instead, the worst first.
TABLE_CLASSES = 5
# Entries of a ranking: some screens of scrolling; further ones are found by name.
LISTED = 50
NO_SUCH_CLASS = "No class has this in its name."


def confusion(run: Run) -> list[Block]:
    """Return the confusion matrix of a run as rows of links; of many classes, the worst of them and their largest errors."""
    classes = run.class_names
    if len(classes) > TABLE_CLASSES:
        return _rankings(run, search_words() if len(classes) > FEW else "")
    counts = np.zeros((len(classes), len(classes)), dtype=int)
    np.add.at(counts, (run.test_labels, run.predicted), 1)
    blocks = []
    for row, label in enumerate(classes):
        share = counts[row, row] / max(1, counts[row].sum())
        cells = [_cell(label, predicted, int(counts[row, column])) for column, predicted in enumerate(classes)]
        blocks += [text(f"{screen_text.percent(share)} of the images labelled {label} are right:"), doors(*cells)]
    return [*blocks, small("Click a count to see its images.")]


def _rankings(run: Run, words: str) -> list[Block]:
    """Return classes and confusions side by side, those with ``words`` in a class's name."""
    search = [search_field("Search", "Name of a class, then Enter")] if len(run.class_names) > FEW else []
    fits = np.array([words.casefold() in name.casefold() for name in run.class_names])
    if not fits.any():
        return [*search, text(NO_SUCH_CLASS)]
    return [*search, columns((1, [_classes(run, fits)]), (1, [_confusions(run, fits)]))]


def _classes(run: Run, fits: np.ndarray) -> RankingBlock:
    """Return those classes ``(C,)`` that fit and have test images, the one with the least share of right answers first."""
    many = len(run.class_names)
    asked = np.bincount(run.test_labels, minlength=many)
    right = np.bincount(run.test_labels[run.predicted == run.test_labels], minlength=many)
    shares = right / np.maximum(asked, 1)
    order = np.lexsort((-asked, shares))
    shown = [int(row) for row in order if fits[row] and asked[row]]
    rows = [
        _ranked(run.class_names[row], right[row], asked[row], label=run.class_names[row], show="all")
        for row in shown[:LISTED]
    ]
    return ranking("Right answers, worst class first", rows, _note(len(rows), len(shown), "classes"))


def _confusions(run: Run, fits: np.ndarray) -> RankingBlock:
    """Return pairs of a label and another answer of which one fits, the most frequent first."""
    pairs, counts = confused_pairs(run.test_labels, run.predicted)
    near = fits[pairs].any(axis=1)
    asked = np.bincount(run.test_labels, minlength=len(run.class_names))
    rows: list[Ranked] = []
    for (label, predicted), count in zip(pairs[near][:LISTED], counts[near], strict=False):
        one, other = run.class_names[label], run.class_names[predicted]
        rows.append(_ranked(f"{one} → {other}", count, asked[label], label=one, predicted=other, show="wrong"))
    note = f"The label → what the model says. {_note(len(rows), int(near.sum()), 'confusions')}"
    return ranking("Confusions, most frequent first", rows, note)


def confused_pairs(labels: np.ndarray, predicted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs ``(k, 2)`` of a label and another answer that occur, the most frequent first, and their counts ``(k,)``.

    Of equally frequent ones that comes first of whose label a larger share is answered so. No cell without images is made:
    of 1,000 classes there are a million cells, and at most as many pairs as images.
    """
    wrong = labels != predicted
    pairs, counts = np.unique(np.stack([labels, predicted], axis=1)[wrong], axis=0, return_counts=True)
    shares = counts / np.bincount(labels)[pairs[:, 0]]
    order = np.lexsort((-shares, -counts))
    return pairs[order], counts[order]


def _ranked(name: str, count: int, of: int, **state: str) -> Ranked:
    share = float(count) / max(1, int(of))
    href = urls.address("predictions", **urls.query_state(**state, find=""))
    return {
        "name": name,
        "share": share,
        "numbers": f"{count:,} of {of:,}, {screen_text.percent(share)}",
        "href": href,
    }


def _note(shown: int, every: int, what: str) -> str:
    if shown < every:
        return f"{shown} of {every:,} {what}; search by name for the others."
    return f"There are no {what}." if not every else "Click one to see its images."


def _cell(label: str, predicted: str, count: int) -> tuple[str, str]:
    right = label == predicted
    state = urls.query_state(label=label, predicted=predicted, show="right" if right else "wrong")
    return f"{'✓' if right else '✗'} {label} → {predicted}: {count:,}", urls.address("predictions", **state)
