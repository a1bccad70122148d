"""Training ``small-cnn-smooth`` for a run, every state of it kept beside the run."""

from pathlib import Path
from typing import Any

import torch
from torch import nn

from explorer.core.checksums import file_digest
from explorer.core.errors import ExplorerError
from explorer.core.files import save_bytes
from explorer.core.progress import Progress
from explorer.datasets.base import Split
from explorer.models import SMALL_CNN_SMOOTH
from explorer.models.fine_tuning.parts import parted
from explorer.models.fine_tuning.recipe import TuningRecipe
from explorer.models.smooth_cnn.as_module import as_module, load_state, save_epochs, save_state
from explorer.models.smooth_cnn.recording import record
from explorer.models.trained_here import by_epochs, smooth_recipe, smooth_training
from explorer.runs.build.plan import Plan
from explorer.runs.run import Run
from explorer.runs.store import recording_folder
from explorer.runs.whole_network.training_of_run import training_of
from explorer.runs.whole_network.tuned import TUNED


def recorded_network(
    split: Split, classes: int, run_id: str, recipe: dict[str, Any], working: Path, progress: Progress
) -> tuple[nn.Module, dict[str, Any]]:
    """Return the trained network and what determines its features; a training that was stopped goes on after its last whole epoch.

    Args:
        split: the training images.
        classes: number of classes.
        run_id: of the run that is built.
        recipe: of its plan.
        working: folder that gets a file for each epoch.
        progress: told the epochs.

    Raises:
        ExplorerError: the disk cannot be written, or has less room than the states need.
    """
    training = smooth_training(split, classes, recipe["size"], smooth_recipe(recipe), progress)
    recording = record(training, recording_folder(run_id), by_epochs(training, progress))
    save_epochs(recording, working)
    trained = file_digest(working / f"epoch-{training.recipe.epochs}.safetensors")
    return as_module(training.network, recording.end), recipe | {"trained": trained}


def tuned_network(planned: Plan, working: Path, progress: Progress) -> tuple[nn.Module, dict[str, Any]]:
    """Return a network whose last block was trained, up to its features, and what determines these; as :func:`recorded_network`."""
    recipe, classes = planned.recipe(), len(planned.dataset.class_names)
    parts = parted(planned.network(), TuningRecipe.of_dict(recipe), classes, progress)
    training = parts.training(planned.train, progress)
    recording = record(training, recording_folder(planned.run_id()), by_epochs(training, progress))
    save_state(working / TUNED, recording.end, 0.0)
    share = {"share_trained": training.share_trained}
    return parts.features_of(recording.end), recipe | share | {"trained": file_digest(working / TUNED)}


def keep_tuned(working: Path, folder: Path) -> None:
    """Copy the trained block, where one was trained, to the folder of its run."""
    if (working / TUNED).is_file():
        save_bytes(folder / TUNED, (working / TUNED).read_bytes())


def restore_recording(run: Run, progress: Progress) -> None:
    """Train a run's network again where its states are missing or damaged; nothing for a network that has none.

    Raises:
        ExplorerError: this computer ends at other weights than the run has.
    """
    if not (run.manifest.backbone == SMALL_CNN_SMOOTH or run.manifest.finetune) or run.manifest.refitted:
        return
    training = training_of(run, progress)
    found = record(training, recording_folder(run.id), by_epochs(training, progress))
    kept = TUNED if run.manifest.finetune else f"epoch-{training.recipe.epochs}.safetensors"
    of_run, _ = load_state(run.folder / kept, training.network)
    if not torch.equal(found.end.theta, of_run.theta):
        raise ExplorerError(
            f"The training of run {run.id} was recorded again and ends at other weights than those of the run, because the computer or its software is another one; delete the run and build it again."
        )
