"""What stands over the two sides of an explanation, on the screen, in a notebook and in a case file."""

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.core.phrases import (
    HARMFUL,
    HELPFUL,
    article,
    became,
    fixed,
    gain,
    points_digits,
    probability,
    score_digits,
    signed,
)

# Said once above the galleries, where scores are changes of loss and where they are not.
LEGEND = (
    "Each picture is left out in thought, alone. The number says how much the loss would rise (▲) or fall (▼), the line "
    "below it by how many percentage points the probability of {target} would change. The bars of both sides have one scale."
)
RANKED = "The number is {method}'s score, for {target} (▲) or against it (▼). It ranks pictures and predicts no refit. The bars of both sides have one scale."


@dataclass(frozen=True)
class Answer:
    """A prediction that is explained.

    Attributes:
        target: the class attributed to.
        label: the class in the data set; empty where nobody said it.
        predicted: what the model says.
        classes: all class names.
    """

    target: str
    label: str
    predicted: str
    classes: Sequence[str]

    @property
    def wrong(self) -> bool:
        """Whether the model says something else than the label."""
        return bool(self.label) and self.label != self.predicted

    def named(self, name: str) -> str:
        """Return a class with what it is here: ``cat (right)``, ``dog (what it said)``."""
        return f"{name} (right)" if name == self.label else f"{name} (what it said)" if name == self.predicted else name

    def sides(self) -> tuple[str, str]:
        """Return the titles of the pictures that argue for the target and of those that argue against it.

        With two classes what argues against one argues for the other, which a wrong prediction is about.
        """
        others = [name for name in self.classes if name != self.target]
        against = f"for {self.named(others[0])}" if self.wrong and len(others) == 1 else "against it"
        return f"{HELPFUL} argue for {self.named(self.target)}", f"{HARMFUL} argue {against}"

    def why_others(self) -> str:
        """Return the sentence on pictures whose label is another than the one that they argue for."""
        other = next(name for name in (self.predicted, self.label, *self.classes) if name and name != self.target)
        against = f"for {other}" if len(self.classes) == 2 else f"against {self.target}"
        return (
            f"{article(other).capitalize()} can argue for {self.target}: it says what {article(other)} looks like, and what looks different is "
            f"less likely {article(other)}. In the same way {article(self.target)} can argue {against}."
        )


@dataclass(frozen=True)
class Scale:
    """How the numbers of both sides are written: one scale and one number of digits for all of them.

    Attributes:
        largest: the largest score in size.
        score_digits: after the point of a score.
        points_digits: after the point of a change of the probability, in percentage points.
    """

    largest: float
    score_digits: int
    points_digits: int

    def score(self, value: float) -> str:
        """Return a score: ``▲ +0.0527``."""
        return signed(value, self.score_digits)

    def bar(self, value: float) -> float:
        """Return a score as a share of the largest, −1 … 1."""
        return value / self.largest if self.largest else 0.0

    def without(self, target: str, before: float, after: float) -> str:
        """Return what leaving one image out does: ``without it: P(cat) −0.097 points``."""
        return f"without it: P({target}) {gain(before, after, self.points_digits)}"


def scale_of(scores: Sequence[float], before: float, after: Sequence[float | None]) -> Scale:
    """Return the scale of a page's scores; ``after`` are the probabilities without each image, None where nobody knows."""
    changes = [each - before for each in after if each is not None]
    return Scale(max(map(abs, scores), default=0.0), score_digits(scores), points_digits(changes))


def side_sentence(target: str, before: float, after: Sequence[float], digits: int = 1) -> str:
    """Return what each picture of one side does alone, at most: the largest of the numbers under them.

    Args:
        target: the class attributed to.
        before: its probability.
        after: the same without each of them.
        digits: after the point of a change of the probability.
    """
    if not after:
        return ""
    most = max(abs(each - before) for each in after)
    return (
        f"Left out alone, each would {_way(before, after)} P({target}), by at most {fixed(100 * most, digits)} points."
    )


@dataclass(frozen=True)
class Side:
    """What the pictures of one side do to a probability.

    Attributes:
        mark: ▲ or ▼.
        alone: the probability without each of them.
        together: without all of them at once; None where nobody knows.
    """

    mark: str
    alone: Sequence[float]
    together: float | None


def gallery_sentence(target: str, before: float, sides: Sequence[Side], digits: int) -> str:
    """Return what leaving out pictures does, each alone and all of a side together: ``… each ▲ would lower it by at most 0.097 points``.

    Args:
        target: the class attributed to.
        before: its probability.
        sides: that argue for it and against it.
        digits: after the point of a change of the probability.
    """
    shown = [side for side in sides if side.alone]
    alone = [
        f"each {side.mark} would {_way(before, side.alone)} it by at most {fixed(100 * max(abs(each - before) for each in side.alone), digits)} points"
        for side in shown
    ]
    joint = [
        f"the {len(side.alone)} {side.mark} would {_way(before, [side.together])} it to {became(before, side.together)}"
        for side in shown
        if side.together is not None
    ]
    said = [f"P({target}) is {probability(before)}."]
    said += [f"Left out alone, {', '.join(alone)}."] if alone else []
    said += [f"Left out together, {', '.join(joint)}."] if joint else []
    return " ".join(said)


def _way(before: float, after: Sequence[float]) -> str:
    return "lower" if sum(after) < before * len(after) else "raise"
