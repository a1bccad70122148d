"""The contents of a case file: one prediction, its explanation, the edits in force, refits without images or with edits."""

import platform
import shlex
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version

import numpy as np

from explorer.attribution import estimator
from explorer.core.errors import DamagedError, ExplorerError
from explorer.core.version import VERSION
from explorer.datasets.corruption.hidden_noise import unsaid
from explorer.datasets.uploads import public_name
from explorer.evaluation.flip import Flip
from explorer.runs.build.request import Config
from explorer.runs.edits import edit_scope
from explorer.runs.edits.edit_log import Edit, in_force, live
from explorer.runs.edits.refit import base_of, is_refit, predicted_losses, refitted, run_changes
from explorer.runs.results.explanation import Explanation, explain
from explorer.runs.results.flipping_sets import load_flip
from explorer.runs.results.removal_trials import Trial, from_scratch, verify
from explorer.runs.run import Run
from explorer.runs.whole_network.kept_basis import GROUP, groups_replayed
from explorer.runs.whole_network.kept_files import folder_of
from explorer.runs.whole_network.methods import AVERAGE
from explorer.runs.whole_network.other_seeds import replayed_seeds

# Images a side: two rows on a printed page.
SHOWN = 12
# So many of the most harmful images are left out where nobody says which.
LEFT_OUT = 5
# Whose versions decide the figures; torch makes the features and the rest everything after them.
LIBRARIES = ("numpy", "scipy", "torch", "torchvision", "pillow")


# What a command reproduces, and the command.
Command = tuple[str, str]


@dataclass(frozen=True)
class Effect:
    """The effect of the edits in force on one test image of the unedited run.

    Attributes:
        base: id of the unedited run.
        changes: how many training images get another label or are left out.
        predicted: change of the loss of the true label by the scores, nats.
        measured: the same after a real refit, nats.
        before: probability of the true label.
        after: of the true label after the refit.
        says: the predicted class before and after.
    """

    base: str
    changes: int
    predicted: float
    measured: float
    before: float
    after: float
    says: tuple[str, str]


@dataclass(frozen=True, eq=False)
class Case:
    """The contents of a case file.

    Attributes:
        name: of the run as it was requested.
        found: the explanation, with the images shown a side.
        trial: a real refit without some training images; None where the whole network is explained.
        left_out: a description of these images.
        trainings: of the whole network without some images that were made for this test image: how many were left out, predicted and
            measured change of its loss; empty where its last layer is explained.
        edits: in force, of the run's data set, in the order in which they were made.
        effect: of the edits in force; None where they change nothing in this run.
        commands: what each command reproduces, and the command.
        flip: the flipping set by leaving out, where somebody searched for it.
        versions: program and libraries.
        made: when, in the time of this machine.
    """

    run: Run
    name: str
    found: Explanation
    trial: Trial | None
    left_out: str
    edits: list[Edit]
    effect: Effect | None
    flip: Flip | None
    commands: list[Command]
    versions: dict[str, str]
    made: str
    trainings: list[tuple[int, float, float]] = field(default_factory=list)

    def edits_of(self, train_index: int) -> list[Edit]:
        """Return the edits in force of a training image."""
        row = self.run.picture_row("train", train_index)
        return [edit for edit in self.edits if (edit.change.side, edit.change.row) == ("train", row)]


def case(
    run: Run,
    name: str,
    index: int,
    method: str | None = None,
    removed: Sequence[int] = (),
    target_class: str | None = None,
    shown: int = SHOWN,
) -> Case:
    """Return the case of one test image; the heads are refitted for it, and the removal is stored among the run's trials.

    Args:
        run: warm or not.
        name: as it was requested; commands and links use the run's id.
        index: of the test image.
        method: the estimator; the run's default where None.
        removed: training images to leave out; the most harmful ones shown where empty.
        target_class: attributed to; the true label where None.
        shown: images a side.

    Raises:
        ExplorerError: an index, the method or the class do not exist, or a class would be left empty.
    """
    found = explain(run, index, method, shown, target_class)
    rows, description = _left_out(found, removed)
    by = found.method if estimator(found.method).unit == "nats" else run.default_method
    trial, effect, flip = verify(run, index, rows, by), edits_effect(run, index), load_flip(run, index)
    return Case(
        run=run,
        name=name,
        found=found,
        trial=trial,
        left_out=description,
        edits=_edits(run, index),
        effect=effect,
        flip=flip,
        commands=_commands(run, found, trial, by, effect is not None, flip is not None),
        versions=_versions(),
        made=time.strftime("%Y-%m-%d %H:%M %Z"),
    )


def whole_case(run: Run, name: str, found: Explanation) -> Case:
    """Return the case of a test image that is explained by its whole network; nothing is trained again for it.

    Args:
        run: whose training was recorded.
        name: as it was requested.
        found: the explanation, of which ``SHOWN`` images a side are shown.
    """
    shown = replace(found, helpful=found.helpful[:SHOWN], harmful=found.harmful[:SHOWN])
    return Case(
        run=run,
        name=name,
        found=shown,
        trial=None,
        left_out="",
        edits=_edits(run, found.index),
        effect=None,
        flip=None,
        commands=_whole_commands(run, shown),
        versions=_versions(),
        made=time.strftime("%Y-%m-%d %H:%M %Z"),
        trainings=from_scratch(run.id, found.index),
    )


def edits_effect(run: Run, index: int) -> Effect | None:
    """Return the effect of the edits in force on a test image of the unedited run.

    None where they change nothing, and where ``build --edited`` made the run without its unedited one.

    Raises:
        ExplorerError: a class would be left empty.
    """
    try:
        base = base_of(run)
    except DamagedError:
        return None
    changes, head = run_changes(base), base.head
    if not len(changes):
        return None
    after = replace(head, weights=refitted(base, changes))
    features, labels = base.test_features[[index]], base.test_labels[[index]]
    losses = [float(each.losses(features, labels)[0]) for each in (head, after)]
    says = [base.class_names[int(each.logits(features)[0].argmax())] for each in (head, after)]
    return Effect(
        base=base.id,
        changes=len(changes),
        predicted=float(predicted_losses(base)[index]),
        measured=losses[1] - losses[0],
        before=float(np.exp(-losses[0])),
        after=float(np.exp(-losses[1])),
        says=(says[0], says[1]),
    )


def _left_out(explanation: Explanation, removed: Sequence[int]) -> tuple[list[int], str]:
    """Return which training images are left out, and their description; helpful ones where none is harmful."""
    if removed:
        return list(removed), "the images chosen by hand"
    word, side = ("harmful", explanation.harmful) if explanation.harmful else ("helpful", explanation.helpful)
    rows = [entry.train_index for entry in side[:LEFT_OUT]]
    if not rows:
        raise ExplorerError("No training image acts on this prediction; say which to leave out: --remove I,J.")
    return rows, f"the most {word} image" if len(rows) == 1 else f"the {len(rows)} most {word} images"


def _edits(run: Run, index: int) -> list[Edit]:
    """Return the edits in force of all training images, and those of one test image."""
    edits = in_force(live(run.data_digest))
    return [edit for edit in edits if edit.change.side == "train" or edit.change.row == index]


def _commands(run: Run, explanation: Explanation, trial: Trial, by: str, edited: bool, flipped: bool) -> list[Command]:
    """Return for each part of the file the command that reproduces it."""
    target = [] if explanation.target == explanation.label else ["--target-class", explanation.target]
    one = ["--run", run.id, "--test", str(explanation.index)]
    shown = str(max(len(explanation.helpful), len(explanation.harmful), 1))
    rows = ",".join(map(str, trial.removed))
    return [
        *_build_commands(run, edited),
        ("The galleries", _line("explain", *one, "--method", explanation.method, "--top", shown, *target, "--json")),
        *([("The flipping set", _line("flip", *one, "--json"))] if flipped else []),
        ("The removal", _line("verify", *one, "--remove", rows, "--method", by, "--json")),
        ("The decisions", _line("edit", "list", "--run", run.id, "--json")),
        *(_refit_commands(run, explanation.index) if edited else []),
        (
            "This file",
            _line("report", *one, "--method", explanation.method, *target, "--remove", rows, "--output", "case.html"),
        ),
    ]


def _whole_commands(run: Run, found: Explanation) -> list[Command]:
    """Return for each part of the file of a whole network the command that reproduces it, or that proves it."""
    target = [] if found.target == found.label else ["--target-class", found.target]
    one = ["--run", run.id, "--test", str(found.index)]
    asked = [*one, "--method", found.method]
    rows = ",".join(str(entry.train_index) for entry in (found.harmful or found.helpful)[:LEFT_OUT])
    directions = ["--directions", str(GROUP * groups_replayed(folder_of(run.id)))]
    seeds = ["--seeds", str(len(replayed_seeds(run)))] if found.method == AVERAGE else []
    basis = ("What instant answers are put together from", _line("replay-basis", "--run", run.id, *directions, *seeds))
    return [
        *_build_commands(run, edited=False),
        *([basis] if found.method in ("replay-basis", AVERAGE) else []),
        ("The galleries", _line("explain", *asked, "--top", str(SHOWN), *target, "--json")),
        ("A whole training without the strongest", _line("retrain", *one, "--remove", rows, "--json")),
        ("The decisions", _line("edit", "list", "--run", run.id, "--json")),
        ("This file", _line("report", *asked, *target, "--output", "case.html")),
    ]


def _refit_commands(run: Run, index: int) -> list[Command]:
    again = ("edit", "retrain", "--run", run.id, "--as", "case-edited", "--json")
    prediction = ("explain", "--run", "case-edited", "--test", str(index), "--json")
    return [("The run with the changes in force", _line(*again)), ("Its prediction", _line(*prediction))]


def _build_commands(run: Run, edited: bool) -> list[Command]:
    """Return what builds the run: from its request, or from the unedited run and the edits.

    Where people are kept apart, the command line has no owner, so it takes the edits from a file.
    """
    base, again = base_of(run), is_refit(run)
    request = Config.from_manifest(base.manifest, edited=run.id != base.id and not again)
    own = replace(request.own, checkpoint=public_name(request.own.checkpoint))
    public = replace(request, dataset=public_name(request.dataset), own=own, noise=unsaid(request.noise))
    built = ("The run", _line(*public.to_argv()))
    given = [("The decisions, from a CSV of Retrain", _line("edit", "apply", "edits.csv", "--run", base.id))]
    applied = given if edit_scope.owner() and (edited or again) else []
    steps = [("Its changes", _line("edit", "retrain", "--run", base.id, "--as", "case"))]
    return [built, *applied, *(steps if again else [])]


def _line(*words: str) -> str:
    return shlex.join(["python", "-m", "explorer", *words])


def _versions() -> dict[str, str]:
    known = {"Influence Explorer": VERSION, "Python": platform.python_version()}
    return known | {name: version(name) for name in LIBRARIES}
