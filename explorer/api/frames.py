"""Figures of a run as pandas frames."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from explorer.runs.edits.exchange import file_of
from explorer.runs.results.tables import predictions
from explorer.runs.run import Run

# A frame is typed as Any: pandas brings no types of its own.
Frame = Any


def frame(rows: Iterable[Mapping[str, Any]], columns: list[str]) -> Frame:
    """Return a frame with these columns, also where there is no row."""
    import pandas as pd  # a third of a second, which neither the command line nor the pages need

    return pd.DataFrame(list(rows), columns=columns)


def file_name(run: Run, side: str, index: int) -> str:
    """Return an image's file below the folder of its data set; nothing where images are no files."""
    return file_of(run, side, run.picture_row(side, index))


def predictions_frame(run: Run, side: str = "test") -> Frame:
    """Return one row an image of a side, in their order: what the model says of it, how sure it is, and what is known of it."""
    table = predictions(run, side)
    labels, shares = run.labels(side), run.probabilities(side)
    rows = (
        {
            f"{side}_index": row["index"],
            "predicted": row["prediction"],
            "probability": float(share.max()),
            "probability_of_label": float(share[label]),
        }
        for row, label, share in zip(table.rows, labels, shares, strict=True)
    )
    first = [f"{side}_index", "file", "label", "predicted", "correct", "probability", "probability_of_label", "loss"]
    columns = dict.fromkeys([*first, *table.columns])
    return frame((known | row for known, row in zip(table.rows, rows, strict=True)), list(columns))


def agreement_frame(report: Mapping[str, Any]) -> Frame:
    """Return one row a method of a trust report: its agreement with real refits, each figure with its interval."""
    rows = [{"method": method, "unit": found["unit"]} | _figures(found) for method, found in report["methods"].items()]
    return frame(rows, list(rows[0])).set_index("method")


def _figures(found: Mapping[str, Any]) -> dict[str, float]:
    """Return a method's figures by name: ``pairs_pearson``, and its interval as ``pairs_pearson_low`` and ``…_high``."""
    named = {f"{stage}_{name}": figure for stage in ("pairs", "groups") for name, figure in found[stage].items()}
    named |= {"subsets_lds": found["lds"]}
    ends = {"": "value", "_low": "low", "_high": "high"}
    return {name + end: float(figure[key]) for name, figure in named.items() for end, key in ends.items()}


def class_rows(labels: np.ndarray, names: list[str]) -> dict[str, np.ndarray]:
    """Return the test rows of ``all``, and of each class that has any, by name."""
    found = {name: np.flatnonzero(labels == row) for row, name in enumerate(names)}
    return {"all": np.arange(len(labels))} | {name: rows for name, rows in found.items() if len(rows)}
