"""The training of a run's network, and its recording."""

from dataclasses import replace
from pathlib import Path

from explorer.core.errors import DamagedError
from explorer.core.progress import Progress, silent
from explorer.models.smooth_cnn import Training
from explorer.models.smooth_cnn.recording import Recording, record, recorded_threads
from explorer.models.trained_here import by_epochs, smooth_recipe, smooth_training
from explorer.runs.run import Run
from explorer.runs.store import recording_folder
from explorer.runs.whole_network.recorded import check_recorded
from explorer.runs.whole_network.tuned import parts_of


def recorded_from(run: Run, seed: int, folder: Path, progress: Progress = silent) -> Recording:
    """Return the recording of the same training from another seed; what is not in the folder is trained now.

    Raises:
        ExplorerError: the run's training was not recorded, or the disk has less room than the states need.
    """
    check_recorded(run)
    whole = training_of(run, progress)
    training = replace(whole, recipe=replace(whole.recipe, seed=seed), threads=recorded_threads(folder))
    return record(training, folder, by_epochs(training, progress))


def recording_of(run: Run, progress: Progress = silent) -> Recording:
    """Return the recording of the training of a run's network; its pictures are read again.

    Raises:
        ExplorerError: the run's network was not recorded, or only its last layer was fitted to these images.
        DamagedError: the states are missing, damaged, or of another training.
    """
    check_recorded(run)
    try:
        return Recording.open(recording_folder(run.id), training_of(run, progress))
    except DamagedError as error:
        raise DamagedError(
            f"{str(error).rstrip('.')}. `python -m explorer build` with the request of this run trains it again."
        ) from error


def training_of(run: Run, progress: Progress = silent) -> Training:
    """Return the training of a run that was recorded: network, recipe, pictures and labels, on the threads it had."""
    recipe = run.manifest.recipe
    split = replace(run.dataset.train.take(run.arrays["train_rows"]), labels=run.train_labels)
    if run.manifest.finetune:
        training: Training = parts_of(run).training(split, progress)
    else:
        training = smooth_training(split, len(run.class_names), recipe["size"], smooth_recipe(recipe), progress)
    return replace(training, threads=recorded_threads(recording_folder(run.id)))
