"""Which pixels carry a prediction, and which carry an influence: slopes of a loss and of a score, and maps of them."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from explorer.attribution import Curvature
from explorer.evaluation.sensitivity import gradient_slopes, loss_slopes
from explorer.models.head import Head
from explorer.models.pixels import FeaturePipeline

# Patches a side: of photographs, and of pictures under 112 px, where a patch would be less than 8 px.
FINE, COARSE, SMALL = 14, 8, 112
# Share of the patches that are blurred when a map is put to the test, and how many random choices stand beside it.
BLURRED, RANDOM = 0.1, 10
# From dark blue over green to yellow, told apart by every kind of colour vision (after Nuñez et al. 2018, cividis).
COLOURS = np.array([(0, 32, 77), (86, 92, 108), (166, 157, 117), (255, 234, 70)], dtype=np.float64)
# The blur's radius as a share of the longer side, 1/16: of a face of a quarter of the picture nothing is left.
BLUR = 16
# How much of the map lies over the picture.
OPACITY = 0.65


@dataclass(frozen=True, eq=False)
class LabelledPicture:
    """A picture with the label whose loss is meant."""

    picture: Image.Image
    label: int


def loss_gradients(head: Head, features: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return ∇loss = r ⊗ h ``(m, C − 1, d)`` of images with features ``(m, d)`` and labels ``(m,)``."""
    residuals = head.probabilities(features) @ head.basis - head.basis[labels]
    return residuals[:, :, None] * features[:, None, :]


def influence_score(curvature: Curvature, train: tuple[np.ndarray, int], test: tuple[np.ndarray, int]) -> float:
    """Return s(i, t) = (1/n) ∇loss(t)ᵀ H⁻¹ ∇loss(i) in nats, positive is helpful (Koh & Liang 2017, eq. 2).

    Args:
        curvature: of the head, H and Ŵ are held fixed.
        train: features ``(d,)`` and label of any image in place of a training image.
        test: the same of a test image.
    """
    slopes = [loss_gradients(curvature.head, features[None], np.array([label])) for features, label in (train, test)]
    return float(np.vdot(curvature.solve(slopes[0]), slopes[1])) / len(curvature.head.train_labels)


def loss_map(view: FeaturePipeline, head: Head, case: LabelledPicture) -> np.ndarray:
    """Return ∂loss/∂pixels ``(height, width, 3)``, pixels in 0 … 1: plain saliency (Simonyan et al. 2014)."""
    seen = view.forward([case.picture])
    return seen.vjp(loss_slopes(head, seen.features, np.array([case.label])))[0]


def score_maps(
    view: FeaturePipeline, curvature: Curvature, train: LabelledPicture, test: LabelledPicture
) -> tuple[np.ndarray, np.ndarray]:
    """Return ∂s/∂pixels of the training picture and of the test picture, ``(height, width, 3)`` each, H and Ŵ fixed."""
    head, n = curvature.head, len(curvature.head.train_labels)
    seen = [view.forward([case.picture]) for case in (train, test)]
    labels = [np.array([case.label]) for case in (train, test)]
    maps = []
    for own, other in ((0, 1), (1, 0)):
        pull = curvature.solve(loss_gradients(head, seen[other].features, labels[other])) / n
        maps.append(seen[own].vjp(gradient_slopes(head, seen[own].features, labels[own], pull))[0])
    return maps[0], maps[1]


def score_patches(
    view: FeaturePipeline, curvature: Curvature, train: LabelledPicture, test: LabelledPicture
) -> tuple[np.ndarray, np.ndarray]:
    """Return how much of the score's size each patch of the training and of the test picture carries, ``(count, count)`` each."""
    ends = [(view.forward([case.picture]).features[0], case.label) for case in (train, test)]
    sign = np.sign(influence_score(curvature, ends[0], ends[1]))
    on_train, on_test = score_maps(view, curvature, train, test)
    return patch_contributions(sign * on_train, train.picture), patch_contributions(sign * on_test, test.picture)


def patches_per_side(picture: Image.Image) -> int:
    """Return into how many patches a side a picture is divided."""
    return FINE if min(picture.size) >= SMALL else COARSE


def blurred_whole(picture: Image.Image) -> Image.Image:
    """Return a picture blurred beyond recognition: what a patch is compared with, as black would be a mark of its own."""
    return picture.filter(ImageFilter.GaussianBlur(max(picture.size) / BLUR))


def patch_contributions(slopes: np.ndarray, picture: Image.Image) -> np.ndarray:
    """Return how much of a number each patch carries, ``(count, count)``: Σ slope · (pixel − blurred pixel).

    Gradient times input (Shrikumar et al. 2017) with the blurred picture as zero: to first order the number falls by this
    much when the patch is blurred.

    Args:
        slopes: ∂number/∂pixels ``(height, width, 3)``.
        picture: where they were taken.
    """
    return _summed(gradient_times_input(slopes, picture), patches_per_side(picture))


def gradient_times_input(slopes: np.ndarray, picture: Image.Image) -> np.ndarray:
    """Return slope · (pixel − blurred pixel) ``(height, width)``, summed over the colours."""
    above = np.asarray(picture, dtype=float) - np.asarray(blurred_whole(picture), dtype=float)
    return (slopes * above / 255).sum(axis=2)


def patch_saliency(slopes: np.ndarray, picture: Image.Image) -> np.ndarray:
    """Return Σ|slope| of each patch, ``(count, count)``: plain saliency, whatever the pixels are."""
    return _summed(np.abs(slopes).sum(axis=2), patches_per_side(picture))


def _summed(total: np.ndarray, count: int) -> np.ndarray:
    """Return the sums over patches ``(count, count)`` of pixels ``(height, width)``."""
    edges = [np.linspace(0, side, count + 1).astype(int)[:-1] for side in total.shape]
    return np.add.reduceat(np.add.reduceat(total, edges[0], axis=0), edges[1], axis=1)


def blurred_patches(picture: Image.Image, chosen: np.ndarray, strength: float = 1.0) -> Image.Image:
    """Return a picture whose chosen patches ``(count, count)`` bool are blurred, or faded that far into the blur."""
    edges = [np.linspace(0, side, len(chosen) + 1).astype(int) for side in picture.size[::-1]]
    mask = 255 * strength * np.repeat(np.repeat(chosen, np.diff(edges[0]), axis=0), np.diff(edges[1]), axis=1)
    return Image.composite(blurred_whole(picture), picture, Image.fromarray(mask.round().astype(np.uint8)))


def leading_patches(sums: np.ndarray, share: float = BLURRED) -> np.ndarray:
    """Return the patches with the largest sums as ``(count, count)`` bool."""
    chosen = np.zeros(sums.size, dtype=bool)
    chosen[np.argsort(-sums.ravel(), kind="stable")[: max(1, round(share * sums.size))]] = True
    return chosen.reshape(sums.shape)


def random_patches(count: int, seed: int) -> list[np.ndarray]:
    """Return as many patches as :func:`leading`, chosen at random, several times over."""
    rng = np.random.default_rng(seed)
    return [leading_patches(rng.random((count, count))) for _ in range(RANDOM)]


def box_share(pixels: np.ndarray, box: tuple[int, int, int, int]) -> float:
    """Return which share of Σ|pixel| lies in a box (left, top, right, bottom), for ``(height, width)`` or with colours."""
    total, (left, top, right, bottom) = np.abs(pixels), box
    return float(total[top:bottom, left:right].sum() / total.sum()) if total.any() else 0.0


def overlay(picture: Image.Image, sums: np.ndarray) -> Image.Image:
    """Return the picture in grey under a map ``(count, count)``: dark blue where a patch carries nothing, yellow where most."""
    level = np.maximum(sums, 0) / max(float(sums.max()), np.finfo(float).tiny)
    smooth = Image.fromarray((255 * level).astype(np.uint8)).resize(picture.size, Image.Resampling.BICUBIC)
    place = np.asarray(smooth) / 255 * (len(COLOURS) - 1)
    colours = [np.interp(place, np.arange(len(COLOURS)), COLOURS[:, channel]) for channel in range(3)]
    grey = np.asarray(picture.convert("L").convert("RGB"))
    return Image.fromarray(((1 - OPACITY) * grey + OPACITY * np.stack(colours, axis=2)).astype(np.uint8))
