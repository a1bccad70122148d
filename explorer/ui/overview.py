"""The confusion cells of the overview: counts that lead to the images behind them."""

import numpy as np
import streamlit as st

from explorer.runs.run import Run
from explorer.ui import links

# A table of more classes than this is no longer read; the most frequent confusions are listed instead.
TABLE_CLASSES, LISTED = 5, 12


def confusion(run: Run) -> None:
    """Draw for each true class how often it was called what; every count opens its images."""
    classes = run.class_names
    counts = np.zeros((len(classes), len(classes)), dtype=int)
    np.add.at(counts, (run.test_labels, run.predicted), 1)
    if len(classes) > TABLE_CLASSES:
        _list(classes, counts)
        return
    for row, label in enumerate(classes):
        share = counts[row, row] / max(1, counts[row].sum())
        st.markdown(f"**{share:.1%}** of the images labelled **{label}** are right:")
        cells = st.columns(len(classes))
        for column, predicted in enumerate(classes):
            with cells[column]:
                _cell(label, predicted, int(counts[row, column]))


def _list(classes: list[str], counts: np.ndarray) -> None:
    st.markdown("The most frequent confusions:")
    off = counts - np.diag(np.diag(counts))
    for cell in np.argsort(-off, axis=None, kind="stable")[:LISTED]:
        row, column = divmod(int(cell), len(classes))
        if off[row, column]:
            _cell(classes[row], classes[column], int(off[row, column]))


def _cell(label: str, predicted: str, count: int) -> None:
    right = label == predicted
    state = links.here(label=label, predicted=predicted, show="right" if right else "wrong")
    st.page_link(
        links.PAGES["predictions"],
        label=f"{'✓' if right else '✗'} {label} → {predicted}: **{count}**",
        help=f"Show the {count} images labelled {label} that the model calls {predicted}.",
        query_params=state,
    )
