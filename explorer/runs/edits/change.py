"""One edit of one image, and the state that a sequence of edits produces. No database access."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from explorer.core.errors import ExplorerError, unknown

ACTIONS = ("relabel", "exclude", "keep", "tag", "note", "trust")
# Of these the latest one of a picture stands for it.
DECISIONS = ("relabel", "exclude", "keep")
# Which actions make sense on which side: a test image's label is what a run is measured by.
ALLOWED = {"train": ("relabel", "exclude", "keep", "tag", "note"), "test": ("tag", "note", "trust")}
# What a person calls an image of each side.
IMAGES = {"train": "training image", "test": "test image"}
# Written before a tag, it takes the tag away; as the value of ``trust`` it takes the trust away.
AWAY = "-"
# A note is read beside a picture; a longer text belongs in a file.
LONGEST = 2_000


@dataclass(frozen=True)
class Change:
    """What is said of one picture.

    Attributes:
        side: ``"train"`` or ``"test"``.
        row: of the data set's training split, or of its test split.
        action: one of ``ACTIONS``. ``keep`` confirms the label: it clears relabel and exclude.
        value: the class for ``relabel``, the tag (``-tag`` takes it away), the note (none clears it); ``-`` for ``trust`` ends it.
    """

    side: str
    row: int
    action: str
    value: str = ""

    def __post_init__(self) -> None:
        """Take NumPy's integers as well, which SQLite would keep as bytes."""
        object.__setattr__(self, "row", int(self.row))

    @property
    def slot(self) -> tuple[str, int, str, str]:
        """What a later change of the same slot replaces."""
        kind = "decision" if self.action in DECISIONS else self.action
        return self.side, self.row, kind, self.value.removeprefix(AWAY) if self.action == "tag" else ""

    @property
    def clears(self) -> bool:
        """Whether the change leaves its slot empty."""
        return (self.action == "note" and not self.value) or (
            self.action in ("tag", "trust") and self.value.startswith(AWAY)
        )


@dataclass(frozen=True)
class Edit:
    """A change as it was written down.

    Attributes:
        id: grows with every row of the database.
        image: content id of the picture, so that the edit can be matched in another copy; empty where it was not known.
        made: seconds since 1970.
        step: id of the first edit that was written down together with it.
    """

    id: int
    change: Change
    image: str
    author: str
    made: float
    step: int = 0


@dataclass(frozen=True)
class State:
    """What the edits in force say, by row of the training split (``trusted``, ``test_…``: of the test split)."""

    labels: dict[int, str] = field(default_factory=dict)
    excluded: frozenset[int] = frozenset()
    kept: frozenset[int] = frozenset()
    tags: dict[int, tuple[str, ...]] = field(default_factory=dict)
    notes: dict[int, str] = field(default_factory=dict)
    trusted: frozenset[int] = frozenset()
    test_tags: dict[int, tuple[str, ...]] = field(default_factory=dict)
    test_notes: dict[int, str] = field(default_factory=dict)

    def touched(self) -> int:
        """Return how many training pictures were decided on: relabelled, excluded or kept."""
        return self.changed() + len(self.kept)

    def changed(self) -> int:
        """Return how many training pictures were relabelled or excluded."""
        return len(self.labels) + len(self.excluded)

    @cached_property
    def decided(self) -> list[tuple[int, str, str]]:
        """``(row, action, value)`` of all relabelled and excluded pictures by row: the same list for the same state."""
        relabelled = [(row, "relabel", name) for row, name in self.labels.items()]
        return sorted([*relabelled, *((row, "exclude", "") for row in self.excluded)])


def check(change: Change) -> None:
    """Refuse a change that means nothing.

    Raises:
        ExplorerError: an unknown side or action, an action that this side does not have, a negative row, no class, no tag,
            or a text that is too long or cannot be written.
    """
    if change.side not in ALLOWED:
        raise unknown("side", change.side, list(ALLOWED))
    if change.action not in ACTIONS:
        raise unknown("action", change.action, list(ACTIONS))
    if change.action not in ALLOWED[change.side]:
        message = f"A {IMAGES[change.side]} cannot get the action {change.action!r}; choose one of: "
        raise ExplorerError(message + f"{', '.join(ALLOWED[change.side])}.")
    if change.row < 0:
        raise ExplorerError(f"There is no {IMAGES[change.side]} {change.row}; the numbers start at 0.")
    _check_value(change)


def _check_value(change: Change) -> None:
    action, value = change.action, change.value
    if action == "relabel" and not value:
        raise ExplorerError("A relabelled picture needs its new class; give the class's name.")
    if action == "tag" and not value.removeprefix(AWAY).strip():
        raise ExplorerError("The tag is empty; give a word, such as blurred.")
    if (action in ("exclude", "keep") and value) or (action == "trust" and value not in ("", AWAY)):
        raise ExplorerError(f"The action {action!r} takes no value, but {value!r} was given; leave it out.")
    check_text(value)


def check_text(text: str) -> None:
    """Refuse a text that a database cannot keep, or that nobody would read.

    Raises:
        ExplorerError: it is longer than ``LONGEST``, or holds what is no character.
    """
    if len(text) > LONGEST:
        raise ExplorerError(f"The text has {len(text):,} characters; at most {LONGEST:,} are kept.")
    if any("\ud800" <= letter <= "\udfff" or letter == "\0" for letter in text):
        raise ExplorerError("The text holds characters that cannot be written; give it as UTF-8.")


def in_force(edits: Iterable[Edit]) -> list[Edit]:
    """Return the edits that still say something: those that a later one replaces or clears are left out."""
    latest: dict[tuple[str, int, str, str], Edit] = {}
    for edit in edits:
        latest.pop(edit.change.slot, None)
        if not edit.change.clears:
            latest[edit.change.slot] = edit
    return list(latest.values())
