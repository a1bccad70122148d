"""Training images changed so little that a person hardly sees it, until a test prediction flips (Koh & Liang 2017, §5.2).

The paper's ascent follows the test loss through H⁻¹ at the first weights and retrains at the end. Here the head is refitted
after every step, and the step is the sign of a running mean of gradients (Dong et al. 2018), in whole levels of a picture
of eight bits: what the search sees is what can be saved.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from explorer.core.checksums import digest
from explorer.datasets.picture import read_picture
from explorer.datasets.pictures import Pictures
from explorer.evaluation.refit import TOLERANCE
from explorer.evaluation.sensitivity import FeatureRefit, margin
from explorer.models.backbones import extract_features
from explorer.models.head import Head, choose_l2, fit
from explorer.models.pixels import FeaturePipeline
from explorer.models.preparation.batches import BATCH
from explorer.models.standardisation import standardisation, standardised

# The search stops at this margin below zero, a hundred times what another batch changes in a logit by rounding.
SURE = 0.01


@dataclass(frozen=True)
class Attack:
    """How training images are changed.

    Attributes:
        reach: most that a colour value of a stored picture may change, in levels of 255.
        images: most images that are changed, one after the other.
        candidates: images that are tried for a few steps before one is taken; those where the margin's slope is steepest.
        trial: how many steps that is.
        steps: most steps of the one that is taken.
    """

    reach: int = 8
    images: int = 10
    candidates: int = 5
    trial: int = 5
    steps: int = 40

    @property
    def stride(self) -> int:
        """Levels of a step: a quarter of the reach, at least one."""
        return max(1, self.reach // 4)


@dataclass(frozen=True, eq=False)
class Target:
    """A test prediction that is to flip.

    Attributes:
        test: features of the test image ``(d,)``.
        label: the class that is predicted now.
        pictures: the training images.
        view: how they become features.
        refitting: how the head answers.
    """

    test: np.ndarray
    label: int
    pictures: Pictures
    view: FeaturePipeline
    refitting: FeatureRefit


@dataclass(frozen=True, eq=False)
class Step:
    """A state of the search.

    Attributes:
        row: the training image that was changed last.
        levels: its pixels ``(height, width, 3)`` uint8.
        head: refitted, its features with all changes so far.
        margin: of the target's label; negative where the prediction has flipped.
    """

    row: int
    levels: np.ndarray
    head: Head
    margin: float


def flip_prediction(target: Target, attack: Attack) -> list[Step]:
    """Return the changed images in their order, until the prediction flips or the most are changed."""
    head = target.refitting.curvature.head
    done: list[Step] = []
    for _ in range(attack.images):
        tried = [_lowest(target, attack, head, row, attack.trial) for row in _steepest(target, attack, head, done)]
        best = min(tried, key=lambda step: step.margin)
        if best.margin > -SURE:
            best = min(best, _lowest(target, attack, head, best.row, attack.steps), key=lambda step: step.margin)
        done.append(best)
        head = best.head
        if best.margin <= -SURE:
            break
    return done


def _steepest(target: Target, attack: Attack, head: Head, done: list[Step]) -> list[int]:
    """Return the unchanged images whose features move the margin most."""
    slopes = target.refitting.margin_slopes(head, target.test, target.label, np.arange(len(head.train_labels)))
    order = np.argsort(-np.linalg.norm(slopes[:, :-1], axis=1), kind="stable").tolist()
    taken = {step.row for step in done}
    return [row for row in order if row not in taken][: attack.candidates]


def _lowest(target: Target, attack: Attack, head: Head, row: int, steps: int) -> Step:
    """Return the step with the lowest margin; the first that flips ends the search."""
    best = None
    for step in _descent(target, attack, head, row, steps):
        best = step if best is None or step.margin < best.margin else best
        if step.margin <= -SURE:
            break
    assert best is not None
    return best


def _descent(target: Target, attack: Attack, head: Head, row: int, steps: int) -> Iterator[Step]:
    """Yield states of one image's change, the first after one step; fewer where nothing moves the margin any more."""
    original = np.asarray(target.pictures[row]).astype(np.int16)
    low, high = np.maximum(original - attack.reach, 0), np.minimum(original + attack.reach, 255)
    levels, mean = original, np.zeros(original.shape)
    seen = target.view.forward([target.pictures[row]])
    for _ in range(steps):
        slopes = target.refitting.margin_slopes(head, target.test, target.label, np.array([row]))
        gradient = seen.vjp(slopes)[0]
        size = float(np.abs(gradient).mean())
        if size == 0:  # the image has become so certain that it teaches nothing
            return
        mean += gradient / size
        levels = np.clip(levels - attack.stride * np.sign(mean).astype(np.int16), low, high)
        picture = Image.fromarray(levels.astype(np.uint8))
        seen = target.view.forward([picture])
        head = target.refitting.refit(_with(head.train_features, {row: seen.features[0]}), head)
        yield Step(row, np.asarray(picture), head, margin(head, target.test, target.label))


def random_change(picture: Image.Image, reach: int, seed: int) -> Image.Image:
    """Return a picture with every colour value moved by ``reach`` levels up or down, at random: a change without aim."""
    levels = np.asarray(picture).astype(np.int16)
    signs = np.random.default_rng(seed).choice(np.array([-reach, reach], dtype=np.int16), levels.shape)
    return Image.fromarray(np.clip(levels + signs, 0, 255).astype(np.uint8))


def difference(before: Image.Image, after: Image.Image, times: int) -> Image.Image:
    """Return the change of a picture, so many times as large, about a middle grey."""
    change = np.asarray(after).astype(np.int16) - np.asarray(before).astype(np.int16)
    return Image.fromarray(np.clip(128 + times * change, 0, 255).astype(np.uint8))


def _with(features: np.ndarray, changed: Mapping[int, np.ndarray]) -> np.ndarray:
    """Return a copy of features ``(n, d)`` with other rows."""
    replaced = np.array(features)
    for row, values in changed.items():
        replaced[row] = values
    return replaced


@dataclass(frozen=True)
class _Replaced:
    """Pictures of which some were saved anew."""

    pictures: Pictures
    files: Mapping[int, Path]

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, index: int) -> Image.Image:
        return read_picture(self.files[index].read_bytes()) if index in self.files else self.pictures[index]

    def ids(self) -> list[str]:
        """Return the pictures' hashes; those saved anew have that of their file."""
        known = enumerate(self.pictures.ids())
        return [digest(self.files[row].read_bytes())[:16] if row in self.files else image_id for row, image_id in known]


def refit_on_files(target: Target, files: Mapping[int, Path]) -> Head:
    """Return the head after some training pictures were replaced by files, all by the run's own way to features.

    Args:
        target: knows pictures, network and head.
        files: training row to the file that takes its picture's place.
    """
    pictures, head, changed = _Replaced(target.pictures, files), target.refitting.curvature.head, {}
    for row in files:
        start = row - row % BATCH
        batch = range(start, min(start + BATCH, len(pictures)))
        raw = extract_features(target.view.network, pictures, batch, target.view.how)[row - start]
        changed[row] = standardised(raw[None], target.view.mean, target.view.deviation)[0]
    return target.refitting.refit(_with(head.train_features, changed), head, TOLERANCE)


def fresh_build(target: Target, head: Head) -> tuple[Head, np.ndarray]:
    """Return the head of a fresh build on the changed training features, and the test image's features ``(d,)`` in it.

    Unlike a refit, a fresh build standardises anew and chooses λ anew, and cross-validation sees the changed images.

    Args:
        target: knows how the features were standardised.
        head: refitted, with the changed features.
    """
    view = target.view
    raw, test = (rows[:, :-1] * view.deviation + view.mean for rows in (head.train_features, target.test[None]))
    scaling = standardisation(raw)
    features = standardised(raw, *scaling)
    curve = choose_l2(features, head.train_labels, head.classes)
    fresh = fit(features, head.train_labels, head.classes, min(curve, key=lambda l2: curve[l2]))
    return fresh, standardised(test, *scaling)[0]
