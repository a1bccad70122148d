"""Plant a bug, the classroom game: what can be hidden, what others would look at first, and flags in a link."""

import re
from dataclasses import dataclass

import numpy as np

from explorer.core.errors import ExplorerError, unknown
from explorer.datasets import open_dataset
from explorer.datasets.corruption.noise import Noise
from explorer.evaluation.group_influence import set_influence
from explorer.runs.results.audit import AuditResult
from explorer.runs.run import Run


@dataclass(frozen=True)
class PictureSet:
    """Pictures that a game can be played with.

    Attributes:
        dataset: the data set's name.
        l2: λ, given: to choose it would be most of the wait, and from 0.03 to 0.3 the hunts are much alike.
        limit: training images, so that a class of pupils does not wait; all where None.
        wild: the kind of cat that may be mislabelled, where the data set knows kinds.
    """

    title: str
    dataset: str
    l2: float
    limit: int | None = None
    wild: str = ""


# Old links count by this order: a new one goes to the end, or they would change their meaning.
PICTURES = {
    "drawn": PictureSet("Drawn animals, 800 pictures", "drawn-right", 0.1, wild="wild cat"),
    "photos": PictureSet("Small photographs (CIFAR-10), 1,000 pictures", "cats-vs-dogs", 0.3, 1_000),
}
BUGS = {"mislabels": "Wrong labels", "wild": "Wild cats called dogs", "watermark": "A watermark that lies"}
CLASSES = ("cat", "dog")
# Per cent. Fewer leave nothing to find, more leave no class that the model could learn.
LEAST, MOST = 2, 50
# A wild cat is one in six cats: of so few it takes most to do harm.
MOST_WILD = 95
SEEDS = 9_999
# With this begins the name of every game's run.
PREFIX = "game-"


@dataclass(frozen=True)
class Game:
    """What a teacher plants.

    Attributes:
        pictures: a name of ``PICTURES``.
        bug: a name of ``BUGS``.
        label: the class whose pictures are met; wild cats are cats.
        share: of these pictures, in per cent.
        seed: decides which of them.
    """

    pictures: str = "drawn"
    bug: str = "wild"
    label: str = "cat"
    share: int = 80
    seed: int = 0

    def validated(self) -> "Game":
        """Return the game if it can be planted.

        Raises:
            ExplorerError: it cannot; the sentence says why.
        """
        named = (("pictures", PICTURES), ("bug", BUGS), ("label", CLASSES))
        for name, allowed in named:
            if getattr(self, name) not in allowed:
                raise unknown(f"{name} of a game", getattr(self, name), list(allowed))
        if self.bug == "wild" and not (PICTURES[self.pictures].wild and self.label == "cat"):
            raise ExplorerError(
                "Wild cats can only be planted among the cats of the drawn animals; choose another bug."
            )
        most = MOST_WILD if self.bug == "wild" else MOST
        if not LEAST <= self.share <= most:
            raise ExplorerError(f"The share is {self.share} %; this bug takes {LEAST} to {most} %.")
        if not 0 <= self.seed <= SEEDS:
            raise ExplorerError(f"The seed is {self.seed}; it must be 0 to {SEEDS:,}.")
        return self

    @property
    def picture_set(self) -> PictureSet:
        """The pictures that it is played with."""
        return PICTURES[self.pictures]

    @property
    def other(self) -> str:
        """The class that the planted pictures are labelled as."""
        return CLASSES[1 - CLASSES.index(self.label)]

    @property
    def noise(self) -> Noise:
        """What is planted, unsealed."""
        source = PICTURES[self.pictures].wild if self.bug == "wild" else self.label
        return Noise(f"{source}>{self.other}:{self.share / 100:g}", self.seed)

    def solution(self, planted: int) -> str:
        """Return the solution in words."""
        what = {
            "mislabels": f"{planted:,} training pictures of {self.label}s were labelled {self.other}.",
            "wild": f"{planted:,} training pictures of wild cats were labelled dog.",
            "watermark": f"{planted:,} training pictures of {self.label}s got a magenta patch and the label {self.other}. "
            f"Some test pictures of {self.label}s carry the patch too.",
        }
        return what[self.bug]


def planted_rows(run: Run, game: Game) -> np.ndarray:
    """Return which training images of a game's run were planted, ``(n,)`` bool."""
    before = open_dataset(game.picture_set.dataset)
    changed = np.asarray(game.noise.apply(before).train.labels != before.train.labels)
    return changed[run.arrays["train_rows"]]


def reviewing_orders(run: Run, audit: AuditResult | None) -> dict[str, np.ndarray]:
    """Return the training rows ``(n,)`` as others would look at them, the most suspect first.

    ``loss``: the labels that the model finds hardest to believe. ``influence``: those that harm the misclassified test
    images most, scores summed; left out where nothing is misclassified. ``queue``: the audit's, where there is one.
    """
    losses, wrong = run.head.losses(run.head.train_features, run.train_labels), run.confidently_wrong()
    orders = {"loss": np.argsort(-losses, kind="stable")}
    if len(wrong):
        summed = set_influence(run.scorer(run.default_method), run.tests_of(wrong)).total
        orders["influence"] = np.argsort(summed, kind="stable")
    return orders | ({} if audit is None else {"queue": audit.order})


def pack_rows(rows: np.ndarray) -> str:
    """Return training rows as a short text for a link: sorted, each as its distance to the one before, in base 36."""
    return ".".join(np.base_repr(step, 36).lower() for step in np.diff(np.unique(rows), prepend=0).tolist())


def unpack_rows(text: str, n: int) -> np.ndarray:
    """Return the sorted training rows of :func:`pack_rows`.

    Raises:
        ExplorerError: the text is none of its texts, or a row is not below ``n``.
    """
    if not text:
        return np.array([], dtype=int)
    if len(text) > 5 * n or not re.fullmatch(r"[0-9a-z]{1,4}(\.[0-9a-z]{1,4})*", text):
        raise ExplorerError(
            f"The flags in the address are {text[:40]!r}, which is no list of pictures; take them out of it."
        )
    rows = np.cumsum([int(step, 36) for step in text.split(".")])
    if len(np.unique(rows)) < len(rows) or rows[-1] >= n:
        raise ExplorerError(
            f"The flags in the address name a picture twice or one that is not there; the pictures go from 0 to {n - 1}."
        )
    return rows
