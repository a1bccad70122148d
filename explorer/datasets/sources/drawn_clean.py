"""The drawn pictures with every label put right, so that nothing is wrong in them but what somebody plants."""

from dataclasses import dataclass, replace

from explorer.core.progress import Progress
from explorer.datasets.base import Dataset
from explorer.datasets.sources.drawn import Drawn

NOTICE = "These pictures are drawn by the program, not photographed."
# A case file asks for a licence of the pictures.
FACTS = {"licence of the pictures": "none needed, the program draws them"}


@dataclass(frozen=True)
class CleanLabels:
    """Another's pictures with their true labels.

    Attributes:
        base: whose pictures they are; it knows the truth.
    """

    base: Drawn
    name: str = "drawn-right"
    title: str = "Drawn animals"

    def cached(self) -> bool:
        """Return whether it was drawn before."""
        return self.base.cached()

    def open(self, progress: Progress) -> Dataset:
        """Return the data set, drawn first where it is not cached."""
        found = self.base.open(progress)
        truth = found.train.labels if found.train.truth is None else found.train.truth
        train = replace(found.train, labels=truth, truth=None)
        return replace(found, name=self.name, title=self.title, train=train, notice=NOTICE, facts=FACTS)
