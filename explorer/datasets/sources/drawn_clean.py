"""The drawn data set with correct labels, for noise that somebody plants in it."""

from dataclasses import dataclass, replace

from explorer.core.progress import Progress
from explorer.datasets.base import Dataset
from explorer.datasets.sources.drawn import Drawn

NOTICE = "These pictures are drawn by the program, not photographed."
# A case file asks for a licence of the pictures.
FACTS = {"licence of the pictures": "none needed, the program draws them"}


@dataclass(frozen=True)
class CleanLabels:
    """The images of ``base`` with their true labels.

    Attributes:
        base: the drawn data set, whose truth is known.
    """

    base: Drawn
    name: str = "drawn-right"
    title: str = "Drawn animals"

    def cached(self) -> bool:
        """Return whether it is cached."""
        return self.base.cached()

    def open(self, progress: Progress) -> Dataset:
        """Return the data set, drawn first where it is not cached."""
        drawn = self.base.open(progress)
        truth = drawn.train.labels if drawn.train.truth is None else drawn.train.truth
        train = replace(drawn.train, labels=truth, truth=None)
        return replace(drawn, name=self.name, title=self.title, train=train, notice=NOTICE, facts=FACTS)
