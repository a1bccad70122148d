"""What a person asks for when they build a run."""

from dataclasses import dataclass

from explorer.datasets import SOURCES

DEFAULT_DATASET, DEFAULT_BACKBONE = next(iter(SOURCES)), "mobilenet_v2"


@dataclass(frozen=True)
class Config:
    """A request for a run.

    Attributes:
        dataset: a data set's name or the path of a folder.
        backbone: a torchvision network's name, or ``small-cnn``.
        limit: number of training images, stratified; all where None.
        seed: decides the images of ``limit`` and the training of ``small-cnn``.
        l2: λ; chosen by cross-validation where None.
    """

    dataset: str = DEFAULT_DATASET
    backbone: str = DEFAULT_BACKBONE
    limit: int | None = None
    seed: int = 0
    l2: float | None = None

    def name(self) -> str:
        """Return the name of the run where a person gives none: ``default`` for the default request."""
        if self == Config():
            return "default"
        words = [self.dataset.rstrip("/").rsplit("/", 1)[-1], self.backbone]
        words += [f"{key}{value}" for key, value in (("n", self.limit), ("seed", self.seed), ("l2-", self.l2)) if value]
        return "".join(c if (c.isalnum() and c.isascii()) or c in "-_." else "-" for c in "-".join(words))[:64]
