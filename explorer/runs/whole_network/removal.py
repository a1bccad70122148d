"""A run's whole network trained again from scratch without some images, beside what was predicted of it."""

import shutil
import time
from collections.abc import Sequence

import numpy as np
import torch

from explorer.core.checksums import canonical, digest
from explorer.core.errors import ExplorerError
from explorer.core.files import lock, readable_errors
from explorer.core.progress import Progress
from explorer.models.smooth_cnn.as_module import load_state
from explorer.models.smooth_cnn.retraining import retrained
from explorer.models.trained_here import by_epochs
from explorer.runs.results.removal_trials import Trial, removed_rows
from explorer.runs.run import Run
from explorer.runs.store import run_folder
from explorer.runs.whole_network.asked import Asked
from explorer.runs.whole_network.asked_pictures import test_pixels
from explorer.runs.whole_network.kept_files import folder_of, load_epochs
from explorer.runs.whole_network.network_outputs import losses
from explorer.runs.whole_network.training_of_run import training_of
from explorer.runs.whole_network.whole import whole_of


def retrain_whole(run: Run, index: int, removed: Sequence[int], progress: Progress) -> Trial:
    """Return the trial of a training without some images: the network's own last layer on a test image, before and after.

    The prediction is the sum of the removed images' scores, by the exact derivative where that is kept, else by the basis. In the
    training they have weight 0; first weights, order and every draw of the others stay.

    Raises:
        ExplorerError: an index does not exist, or a class would be left empty.
    """
    rows, target = removed_rows(run, removed), int(run.test_labels[run.check_test(index)])
    left = np.delete(run.train_labels, rows)
    if len(np.unique(left)) < len(run.class_names):
        raise ExplorerError("These removals leave a class without any training image; remove fewer.")
    network, asked = whole_of(run), Asked([target], [index])
    exact = load_epochs(folder_of(run.id), asked.names) is not None
    scores = network.answer(asked, "unrolled" if exact else "replay-basis", progress).scores[0]
    start = time.perf_counter()
    logits = np.stack([network.logits[index], logits_without(run, rows, index, progress)])
    before, after = losses(logits, [target, target])
    return Trial(
        test=index,
        removed=rows.tolist(),
        predicted_loss_change=float(scores[rows].sum()),
        measured_loss_change=float(after - before),
        probability_before=float(np.exp(-before)),
        probability_after=float(np.exp(-after)),
        label_before=run.class_names[logits[0].argmax()],
        label_after=run.class_names[logits[1].argmax()],
        seconds=time.perf_counter() - start,
    )


@torch.no_grad()
def logits_without(run: Run, rows: np.ndarray, index: int, progress: Progress) -> np.ndarray:
    """Return the logits ``(C,)`` of a test image after a training without some images; a stopped one goes on where it was."""
    training = training_of(run, progress)
    shares = torch.ones(len(run.train_labels))
    shares[torch.from_numpy(rows)] = 0
    working = run_folder(f".again-{digest(canonical([run.id, rows.tolist()]))[:16]}")
    with readable_errors(working):
        working.mkdir(parents=True, exist_ok=True)
    with lock(working):
        retrained(training, shares, working, by_epochs(training, progress))
        end, _ = load_state(working / f"epoch-{training.recipe.epochs}.safetensors", training.network)
        shutil.rmtree(working, ignore_errors=True)  # only now: another process may wait for what lies there
    found = training.network.logits(end.theta, end.statistics, test_pixels(run, [index]))
    return found[0].numpy()
