"""The joint effect of a set of training images on each class and on single test images, predicted and refitted."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from explorer.app import backend, screen_text, urls
from explorer.app.components.blocks.blocks import doors, draw, heading, pager, small, text
from explorer.app.components.gallery.gallery import Section, Tile, gallery
from explorer.app.components.image_marks.image_marks import marked
from explorer.app.components.image_tiles import image_tiles
from explorer.core.keyed_cache import keyed_cache
from explorer.evaluation.group_influence import GroupEffect, class_means, group_effect
from explorer.runs import selections
from explorer.runs.results.groups import WHOLE
from explorer.runs.run import Run

# Classes whose effect is listed, the strongest first; more are no longer read.
CLASSES = 5
# Test images a side, and training images a page.
TOP, PAGE = 12, 20
EFFECT_EXPLAINED = (
    "Predicted: the scores of the images, added up. Measured: the last layer really fitted again without them. They say how "
    "the loss of a test image changes on average, in nats: ▲ it rises without them, so they help; ▼ it falls, so they harm. "
    "Images that say the same replace one another, so a whole group often matters more than the sum of its images."
)
JOINT_EXPLAINED = " “In one step” takes that into account: one step towards the best weights without all of them."


def draw_group_effect(run: Run, key: str) -> None:
    """Draw the joint effect of the training images of the selection ``key``."""
    rows = selections.of_run(key, run).train
    effect = _effect(run.id, key)
    measured = effect.measured if effect.measured is not None else effect.predicted
    at, pages = urls.page_param(len(rows), PAGE)
    shown = rows[PAGE * (at - 1) : PAGE * at]
    draw(
        "together",
        heading(f"{len(rows):,} training images, left out together"),
        text(_accuracy_sentence(run, effect)),
        gallery(
            Section(
                "Training images left out together",
                marked(run, "train", [image_tiles.training_tile(run, int(row)) for row in shown]),
                facts=effect_facts(*(_change_by_class(run, change) for change in (effect.predicted, effect.measured))),
                tile=96,
            )
        ),
        *pager(
            lambda to: urls.address("suspects", **urls.query_state(view="groups", selection=key, page=to)), at, pages
        ),
        small(EFFECT_EXPLAINED),
        heading("The test images on which they act most"),
        gallery(*(_affected_section(run, effect, measured, *side) for side in ((1, "helpful"), (-1, "harmful")))),
        doors(("All groups", urls.address("suspects", **urls.query_state(view="groups")))),
    )


@keyed_cache(32)
def _effect(run_id: str, key: str) -> GroupEffect:
    run = backend.warm_run(run_id)
    return group_effect(run.scorer(run.default_method), run.tests, selections.of_run(key, run).train)


def _change_by_class(run: Run, change: np.ndarray | None) -> dict[str, float] | None:
    if change is None:
        return None
    means = class_means(change[None], run.test_labels, len(run.class_names))[0]
    return {name: float(means[row]) for row, name in enumerate(run.class_names) if row in run.test_labels}


def effect_facts(
    predicted: Mapping[str, float] | None,
    measured: Mapping[str, float] | None,
    joint: Mapping[str, float] | None = None,
) -> list[tuple[str, ...]]:
    """Return a group's effect on the mean test loss of each class as facts, the strongest first.

    All three map a class name to a change in nats: by summed scores, by a refit, and by one Newton step.

    Each fact is ``(class, text, "helpful" | "harmful")``; the sign is that of the refit where there is one.
    """
    leading, predictions = measured or predicted or {}, predicted or {}
    names = sorted(leading, key=lambda name: -abs(leading[name]))[:CLASSES]
    return [
        (f"On {name}", *_effect_fact(predictions[name], (measured or {}).get(name), (joint or {}).get(name)))
        for name in names
    ]


def _effect_fact(predicted: float, measured: float | None, joint: float | None) -> tuple[str, str]:
    helps = (predicted if measured is None else measured) > 0
    sign, word = (screen_text.HELPFUL, "helps") if helps else (screen_text.HARMFUL, "harms")
    measurement = f"not measured: {WHOLE}" if measured is None else f"{screen_text.number(measured, '+')} measured"
    step = "" if joint is None else f"{screen_text.number(joint, '+')} in one step, "
    return (
        f"{sign} {word}: {screen_text.number(predicted, '+')} predicted, {step}{measurement}",
        "helpful" if helps else "harmful",
    )


def _accuracy_sentence(run: Run, effect: GroupEffect) -> str:
    if effect.weights is None:
        return WHOLE
    after = (np.asarray(run.test_features) @ effect.weights.T).argmax(axis=1)
    before, now = (int((labels == run.test_labels).sum()) for labels in (run.predicted, after))
    fixed = int(((run.predicted != run.test_labels) & (after == run.test_labels)).sum())
    broken = int(((run.predicted == run.test_labels) & (after != run.test_labels)).sum())
    return (
        f"Fitted again without them, the model gets {now:,} of {len(after):,} test images right; with them it is {before:,}. "
        f"Put right: {fixed:,}. Gone wrong: {broken:,}."
    )


def _affected_section(run: Run, effect: GroupEffect, measured: np.ndarray, sign: int, word: str) -> Section:
    rows = np.argsort(-sign * measured, kind="stable")[:TOP]
    acted_on = [int(row) for row in rows if sign * measured[row] > 0]
    tiles = marked(run, "test", [_affected_tile(run, effect, row, word) for row in acted_on])
    mark, verb = (screen_text.HELPFUL, "help") if sign > 0 else (screen_text.HARMFUL, "harm")
    meaning = "Their loss rises without the images." if sign > 0 else "Their loss falls without the images."
    return Section(
        f"{mark} they {verb} these", tiles, f"{mark} they {verb} these", meaning, empty=f"They {verb} none.", tile=96
    )


def _affected_tile(run: Run, effect: GroupEffect, row: int, word: str) -> Tile:
    tile = image_tiles.prediction_tile(run, row, pictured=True)
    predicted = screen_text.number(float(effect.predicted[row]), "+")
    if effect.measured is None:
        lines: tuple[str, ...] = (tile.lines[0], screen_text.signed(float(effect.predicted[row])), "not measured")
    else:
        lines = (tile.lines[0], screen_text.signed(float(effect.measured[row])), f"{predicted} predicted")
    return replace(tile, alt=f"{tile.alt}; {word}, {', '.join(lines[1:])}", lines=lines, sign=word)
