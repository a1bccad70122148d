"""The methods for a whole trained network in words: what each is called, what it does, and which question it answers."""

from dataclasses import dataclass

from explorer.models import SMALL_CNN_SMOOTH
from explorer.runs.run import Run
from explorer.runs.whole_network.kept_basis import groups_replayed
from explorer.runs.whole_network.kept_files import folder_of
from explorer.runs.whole_network.methods import AVERAGE, scope_of
from explorer.runs.whole_network.offered import OF_A_BLOCK, why_none

# Heading of the part of the menu whose methods are worth seeing once, and none to rely on.
TEACHING = "For teaching"
NO_UNIT = "The number has no unit: it puts the images in an order and predicts no size."
NATS = "The number is how much the loss would change, in nats."
# Which question a method of the last layer answers.
LAST_LAYER = (
    "These scores answer for the last layer alone: what the rest of the network learnt from an image is not counted."
)
# The method for a whole network that also tells what one training image does to every test image.
REVERSED = "replay-basis"
# What its first answer needs, and the button that begins that.
TYPICAL = (
    "The training is run backwards and forwards for some typical questions, once for the whole run; then every image has its answer in a click.",
    "Prepare the instant answers",
)
# Trainings that it takes to run one backwards for one image, and for the first directions together.
TRAININGS = {"exact": 2.1, "replay-basis": 61.0, AVERAGE: 4 * 61.0 + 3}
WHOLE_LEGEND = (
    "Each picture is left out of the whole training in thought, alone. The number says how much the loss would rise (▲) or fall "
    "(▼), the line below it by how many percentage points the probability of {target} would change. The bars of both sides "
    "have one scale."
)
# Who says a probability: the last layer with which the network was trained, or the one that was fitted to its features afterwards.
NETWORK = "the network itself"
FITTED = "the last layer, fitted again,"
OWN_LAYER = (
    "What the network itself says here is said by its own last layer, as it was trained; other pages show what the last layer says "
    "that was fitted again."
)


@dataclass(frozen=True)
class WholeMethod:
    """A method for a whole network in words.

    Attributes:
        title: what a menu calls it.
        sentence: what it does.
        unit: of its scores: ``"nats"``, or ``""`` where a size cannot be read as an effect.
        teaching: whether it is there to be compared with, not to rely on.
    """

    title: str
    sentence: str
    unit: str
    teaching: bool = False

    @property
    def note(self) -> str:
        """What a menu says of it; the question that it answers stands at the top of a page."""
        return f"{self.sentence} {NATS if self.unit else NO_UNIT}"


WHOLE_METHODS: dict[str, WholeMethod] = {
    "replay-basis": WholeMethod(
        "Whole network, instant",
        "The training was run backwards and forwards for some typical questions; the answer for this picture is put together from them.",
        "nats",
    ),
    AVERAGE: WholeMethod(
        "Whole network, any training",
        "The network was trained from several starts, and each training was run backwards and forwards; the number is the mean over them.",
        "nats",
    ),
    "unrolled": WholeMethod(
        "Whole network, exact",
        "The training is run backwards, step by step, for this picture: what would change if an image had been absent from the start?",
        "nats",
    ),
    "linearised": WholeMethod(
        "Whole network, linearised",
        "Pretends that every step of the training pushed the network in the directions of its end.",
        "nats",
    ),
    "ekfac": WholeMethod(
        "EK-FAC", "Influence of all layers where the training ended, with a simplified curvature.", "", teaching=True
    ),
    "trak": WholeMethod(
        "TRAK", "Compares shortened gradients of all layers as a last layer would compare features.", "", teaching=True
    ),
    "tracin-adamw": WholeMethod(
        "TracIn with AdamW's steps",
        "Adds up, epoch by epoch, how far a step for the one image was a step for the other.",
        "",
        teaching=True,
    ),
    "gradient-product": WholeMethod(
        "Gradient product",
        "Asks at the end of the training: would a step for the one image be a step for the other?",
        "",
        teaching=True,
    ),
}


def has_whole_methods(run: Run) -> bool:
    """Return whether a run's training was recorded, so that the whole network can be explained; a refit has a new last layer only."""
    tuned = bool(run.manifest.finetune) and not why_none(run)
    known = run.manifest.backbone == SMALL_CNN_SMOOTH or tuned
    return known and not run.manifest.refitted


def whole_methods_of(run: Run) -> list[str]:
    """Return the names of a run's methods of its network, in the order of the menu; a block that was trained has some of them."""
    return [name for name in WHOLE_METHODS if not run.manifest.finetune or name in OF_A_BLOCK]


def offered_methods(run: Run) -> list[str]:
    """Return the methods of a run's pages, those of its last layer first."""
    return [*run.methods, *(whole_methods_of(run) if has_whole_methods(run) else ())]


def reversed_methods(run: Run, offered: bool = False) -> list[str]:
    """Return the methods that know what one training image does to every test image.

    Args:
        run: that is asked.
        offered: whether one is among them that first needs a long work; else only what can answer now.
    """
    there = has_whole_methods(run) and not run.manifest.finetune and (offered or groups_replayed(folder_of(run.id)) > 0)
    return [*run.methods, *((REVERSED,) if there else ())]


def scope(run: Run, method: str) -> str:
    """Return which question a method answers in a run, in a sentence; empty where the network came trained."""
    if method in WHOLE_METHODS:
        return scope_of(method)
    return LAST_LAYER if has_whole_methods(run) else ""
