"""The tug-of-war bar: what holds a prediction, what pulls against it, and where the rope is cut."""

import numpy as np

from explorer.app.components.blocks.blocks import Block
from explorer.app.screen_text import number
from explorer.evaluation.flip import Flip

# Strands drawn one by one; more would be thinner than a pixel.
STRANDS = 200


def tug(found: Flip, before: str, after: str, verb: str) -> Block:
    """Return both ropes on one scale, in logits; the dashed line is where the prediction flips."""
    held, pulled = -found.helping, found.hindering
    longest = max(held.sum(), pulled.sum()) or 1.0
    cut = 0 if found.rows is None else len(found.rows)
    sides = [
        _side("helpful", held, cut, longest, f"▲ {len(held):,} images whose {verb} takes the lead from {before}"),
        _side("harmful", pulled, 0, longest, f"▼ {len(pulled):,} images whose {verb} gives {before} more lead"),
    ]
    share = held[:cut].sum() / (held.sum() or 1.0)
    caption = f"The dashed line: with the {cut:,} strongest, {share:.0%} of the blue rope, the model says {after}."
    if not cut:
        caption = f"No cut of the blue rope was found that makes the model say anything but {before}."
    label = f"Tug-of-war: {number(held.sum())} logits against {number(pulled.sum())}. {caption}"
    return {"kind": "tug", "sides": sides[: 1 + bool(len(pulled))], "caption": caption, "label": label}


def _side(sign: str, pushes: np.ndarray, cut: int, longest: float, name: str) -> dict[str, object]:
    shown = pushes[: min(cut, STRANDS)]
    strands = [{"share": float(push), "title": f"{number(push)} logits alone"} for push in shown]
    rest = float(pushes.sum() - shown.sum())
    total = f"{name}: {number(pushes.sum())} logits, added up"
    return {
        "sign": sign,
        "share": float(pushes.sum() / longest),
        "strands": strands,
        "rest": rest,
        "restTitle": total,
        "name": total,
    }
