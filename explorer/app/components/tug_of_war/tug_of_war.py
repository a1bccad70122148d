"""The tug-of-war bar: what holds a prediction, what pulls against it, and where the rope is cut."""

from typing import Literal, TypedDict

import numpy as np

from explorer.app.screen_text import number, percent
from explorer.evaluation.flip import Flip

# Strands drawn one by one; more would be thinner than a pixel.
STRANDS = 200


class Strand(TypedDict):
    """One image's part of a rope."""

    share: float
    title: str


class Rope(TypedDict):
    """A rope of this share of the width: its strands one by one, and the rest of them as one."""

    sign: Literal["helpful", "harmful"]
    share: float
    strands: list[Strand]
    rest: float
    restTitle: str
    name: str


class TugBlock(TypedDict):
    """A tug-of-war of one or two ropes."""

    kind: Literal["tug"]
    sides: list[Rope]
    caption: str
    label: str


def tug(flip: Flip, before: str, after: str, verb: str) -> TugBlock:
    """Return both ropes on one scale, in logits; the dashed line is where the prediction flips."""
    held, pulled = -flip.helping, flip.hindering
    longest = max(held.sum(), pulled.sum()) or 1.0
    cut = 0 if flip.rows is None else len(flip.rows)
    sides = [
        _side("helpful", held, cut, longest, f"▲ {len(held):,} images whose {verb} weakens {before}"),
        _side("harmful", pulled, 0, longest, f"▼ {len(pulled):,} images whose {verb} strengthens {before}"),
    ]
    share = held[:cut].sum() / (held.sum() or 1.0)
    caption = f"The dashed line: the {cut:,} strongest are {percent(share, 0)} of the blue bar, and with them the model says {after}."
    if not cut:
        caption = f"No part of the blue bar was found that makes the model say anything but {before}."
    label = f"Tug-of-war: {held.sum():.2f} logits against {pulled.sum():.2f}. {caption}"
    return {"kind": "tug", "sides": sides[: 1 + bool(len(pulled))], "caption": caption, "label": label}


def _side(sign: Literal["helpful", "harmful"], pushes: np.ndarray, cut: int, longest: float, name: str) -> Rope:
    shown = pushes[: min(cut, STRANDS)]
    strands: list[Strand] = [{"share": float(push), "title": f"{number(push)} logits alone"} for push in shown]
    rest = float(pushes.sum() - shown.sum())
    total = f"{name}: {pushes.sum():.2f} logits together"
    return {
        "sign": sign,
        "share": float(pushes.sum() / longest),
        "strands": strands,
        "rest": rest,
        "restTitle": total,
        "name": total,
    }
