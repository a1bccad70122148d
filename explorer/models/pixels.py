"""Features of images, and vector–Jacobian products from the features back to the pixels."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from explorer.models.feature_extractor import FeatureExtractor
from explorer.models.preparation.batches import centre_crop, prepare
from explorer.models.preparation.library_pixels import smooth_picture
from explorer.models.preparation.preparation import Preparation
from explorer.models.standardisation import standardised


@dataclass(frozen=True, eq=False)
class PictureFeatures:
    """Features of some images, with the way back to their pixels.

    Attributes:
        features: ``(b, d)`` float64, standardised, last column 1: those of :func:`explorer.models.backbones.extract_features`.
        vjp: takes derivatives of a number by the features ``(b, d)`` and returns its derivatives by the
            stored pixels in 0 … 1, one array ``(height, width, 3)`` an image; may be called again.
    """

    features: np.ndarray
    vjp: Callable[[np.ndarray], list[np.ndarray]]


@dataclass(frozen=True, eq=False)
class FeaturePipeline:
    """All that a run computes of an image before its head: preparation, network, standardisation.

    Attributes:
        network: frozen; a torchvision classification network.
        size: width and height in pixels of what it is given.
        mean: of the raw features of the run's training images ``(d − 1,)``.
        deviation: of the same ``(d − 1,)``.
        preparation: how images are prepared; the usual way at ``size`` where None.
    """

    network: nn.Module
    size: int
    mean: np.ndarray
    deviation: np.ndarray
    preparation: Preparation | None = None

    @property
    def how(self) -> Preparation:
        """The preparation, the usual one where no other was asked for."""
        return self.preparation or Preparation.usual(self.size)

    def forward(self, pictures: list[Image.Image]) -> PictureFeatures:
        """Return the features of images and the way back to their pixels.

        Forward, images are prepared exactly as for a run, Pillow's rounding included. Backward, the scaling is the
        smooth one nearest to it, without rounding, which has no derivative (straight-through; Bengio, Léonard & Courville 2013).
        """
        leaves = [_leaf(picture) for picture in pictures]
        smooth = torch.stack([_smooth(leaf, self.how) for leaf in leaves])
        raw = FeatureExtractor.wrap(self.network)(smooth + (prepare(pictures, self.how) - smooth).detach())

        def vjp(slopes: np.ndarray) -> list[np.ndarray]:
            given = torch.from_numpy(slopes[:, :-1] / self.deviation).to(raw.dtype)
            gradients = torch.autograd.grad(raw, leaves, given, retain_graph=True)
            return [gradient.permute(1, 2, 0).numpy() for gradient in gradients]

        return PictureFeatures(standardised(raw.detach().numpy(), self.mean, self.deviation), vjp)


def _leaf(picture: Image.Image) -> Tensor:
    """Return the stored pixels ``(3, height, width)`` in 0 … 1, to be differentiated by."""
    return (torch.from_numpy(np.array(picture)).permute(2, 0, 1) / 255).requires_grad_(True)


def _smooth(pixels: Tensor, way: Preparation) -> Tensor:
    """Return what :func:`explorer.models.preparation.batches.prepare` makes of a picture, without rounding ``(3, height, width)``."""
    if not way.is_usual:
        return smooth_picture(pixels, way)
    size = way.size[0]
    (width, height), (left, top) = centre_crop((pixels.shape[2], pixels.shape[1]), size)
    enlarged = functional.interpolate(pixels[None], (height, width), mode="bicubic", antialias=True)[0]
    return enlarged[:, top : top + size, left : left + size]
