"""The manifest of a run: everything that is known of it without opening its arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from explorer.core.errors import DamagedError


@dataclass(frozen=True)
class Manifest:
    """What a build wrote down of a run; read once, never changed.

    Attributes:
        run_id: hash of everything that determines the run, 16 hexadecimal digits.
        dataset: name or path by which the data set was asked for.
        data_digest: hash of the data set's images and labels, before any edit.
        backbone: name of the network.
        classes: class names, in the order of the weights' rows.
        n_train: training images.
        n_test: test images.
        accuracy: share of the test images that the head gets right.
        accuracy_per_class: the same for each class that has test images.
        gradient_norm: ‖∇R‖ of the fitted head.
        l2: λ of the head.
        files: SHA-256 of each file of the run, by name.
        title: of the data set, as a screen shows it.
        notice: what must be known of the data; may be empty.
        facts: on the data set, as a screen shows them.
        l2_curve: mean log-loss at each λ that was tried; empty where λ was given.
        limit: number of training images that was asked for; None for all.
        seed: of the choice of images and of training.
        noise: mistakes planted on purpose, as they were asked for; may be empty.
        noise_seed: decides which.
        seconds: duration of each stage of the build.
        recipe: what determines the features beside the pictures.
        base: id of the unedited run, where this is an edited one.
        edits: ``(row of the data set, action, value)`` of the edits that were laid on.
        own: what the request says of a network of one's own; empty for a published one.
        reading: how the data were understood, as :mod:`explorer.runs.build.reading` has it; empty for data with a name.
        content: the whole manifest as it was written, with what later versions add.
    """

    run_id: str
    dataset: str
    data_digest: str
    backbone: str
    classes: tuple[str, ...]
    n_train: int
    n_test: int
    accuracy: float
    accuracy_per_class: Mapping[str, float]
    gradient_norm: float
    l2: float
    files: Mapping[str, str]
    title: str = ""
    notice: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    l2_curve: Mapping[str, float] = field(default_factory=dict)
    limit: int | None = None
    seed: int = 0
    noise: str = ""
    noise_seed: int = 0
    seconds: Mapping[str, float] = field(default_factory=dict)
    recipe: Mapping[str, Any] = field(default_factory=dict)
    base: str | None = None
    edits: Sequence[tuple[int, str, str]] = ()
    own: Mapping[str, Any] = field(default_factory=dict)
    reading: Mapping[str, Any] = field(default_factory=dict)
    content: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @staticmethod
    def from_dict(content: Mapping[str, Any]) -> "Manifest":
        """Return the manifest that was written as ``content``.

        What earlier versions did not write yet has its default; what a later one adds stays in ``content``.

        Raises:
            DamagedError: something is missing that every version wrote.
        """
        known = {name: content[name] for name in Manifest.__dataclass_fields__ if name in content}
        try:
            edits = [(int(row), str(action), str(value)) for row, action, value in content.get("edits", ())]
            return Manifest(**known | {"classes": tuple(content["classes"]), "edits": edits, "content": dict(content)})
        except (TypeError, KeyError) as error:
            raise DamagedError(f"The manifest of a run lacks what every run has ({error}).") from error

    @property
    def refitted(self) -> bool:
        """Whether the head was fitted again to the features of another run; a build says how long each of its stages took."""
        return "refit" in self.seconds

    @property
    def finetune(self) -> str:
        """The block of the network that was trained on the run's pictures; empty where none was, or all of it."""
        return str(self.recipe.get("finetune", ""))

    def to_dict(self) -> dict[str, Any]:
        """Return the manifest as JSON carries it, equal to what was read."""
        return dict(self.content)
