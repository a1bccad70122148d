"""A network that was trained here, trained again from scratch: without some images, or from another seed."""

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from explorer.attribution import ESTIMATORS, Curvature, Scorer
from explorer.core.checksums import canonical, digest, file_digest
from explorer.core.errors import ExplorerError
from explorer.core.files import lock, readable_errors
from explorer.core.progress import Progress
from explorer.datasets.base import Split
from explorer.evaluation.overlap import top_rows
from explorer.models import SMALL_CNN_SMOOTH, TRAINED_HERE, small_cnn
from explorer.models.features import raw_features
from explorer.models.head import Head, fit
from explorer.models.smooth_cnn.retraining import retrained
from explorer.models.standardisation import standardisation, standardised
from explorer.models.trained_here import by_epochs
from explorer.runs.results.agreement import cached_seeds
from explorer.runs.results.removal_trials import Trial, compared, removed_rows, save_trial
from explorer.runs.run import Run
from explorer.runs.store import run_folder
from explorer.runs.whole_network.offered import methods_of
from explorer.runs.whole_network.training_of_run import training_of
from explorer.runs.whole_network.truth.trial import keep_logits, predicted_change, whole_trial
from explorer.runs.whole_network.tuned import parts_of

# Seeds beside the run's own, test images and images a side that say how much of an explanation stays.
SEEDS, TESTS, TOP = 2, 50, 24
# How a trial from scratch is called among the others.
METHOD = "from scratch"


@dataclass(frozen=True, eq=False)
class Trained:
    """A network trained again, as its head sees the images.

    Attributes:
        head: fitted to the training images at the run's λ.
        test_features: ``(m, d)``.
        network: with its own last layer; None for the run's own.
    """

    head: Head
    test_features: np.ndarray
    network: nn.Module | None = None


def retrain(run: Run, index: int, removed: Sequence[int], progress: Progress) -> Trial:
    """Train the run's network again without some images, seed and schedule as they were, and keep the trial.

    For ``small-cnn-smooth`` the figures are those of the network's own last layer, and its prediction is the whole network's. For
    ``small-cnn`` they are the head's, and the prediction is the sum of the head's scores: only the last layer's share.

    Raises:
        ExplorerError: the run's network came trained, an index does not exist, or a class would be left empty.
    """
    _check(run)
    rows = removed_rows(run, removed)
    kept = np.delete(np.arange(len(run.train_labels)), rows)
    if len(np.unique(run.train_labels[kept])) < len(run.class_names):
        raise ExplorerError("These removals leave a class without any training image; remove fewer.")
    whole, index = bool(methods_of(run)), run.check_test(index)
    by_network = predicted_change(run, index, rows, progress) if whole else (0.0, "")
    start = time.perf_counter()
    again = train_again(run, kept, run.manifest.seed, progress)
    seconds = time.perf_counter() - start
    if whole and again.network is not None:
        keep_logits(run, rows, again.network)
        return save_trial(run, METHOD, whole_trial(run, index, rows, by_network, again.network, seconds))
    features, target = np.asarray(run.test_features[[index]]), run.test_labels[[index]]
    scorer = run.scorer(run.default_method)
    predicted = float(scorer.exact(scorer.tests(features, target), rows).sum())
    after = again.head, again.test_features[index]
    return save_trial(run, METHOD, compared(run, index, rows, predicted, after, seconds))


def stability(run: Run, progress: Progress) -> dict[str, Any]:
    """Return how much of the top 24 a side stays when the network is trained from other seeds; kept with the run.

    Raises:
        ExplorerError: the run's network came trained.
    """
    _check(run)
    rows = np.arange(len(run.train_labels))
    shown = np.random.default_rng(0).choice(len(run.test_labels), min(TESTS, len(run.test_labels)), replace=False)
    own = int(run.manifest.seed)
    trained = [Trained(run.head, run.test_features)]
    trained += [train_again(run, rows, own + more, progress) for more in range(1, SEEDS + 1)]
    scores = [_scores(each, run.test_labels, shown) for each in trained]
    shares = [
        len(np.intersect1d(top_rows(sign * scores[0][:, test], TOP), top_rows(sign * other[:, test], TOP))) / TOP
        for other in scores[1:]
        for test in range(len(shown))
        for sign in (1, -1)
    ]
    share, chance = float(np.mean(shares)), min(1.0, TOP / len(rows))
    report = {"run": run.id, "seeds": SEEDS, "tests": len(shown), "top": TOP, "share": share, "chance": chance}
    cached_seeds(run.id).save(report)
    return report


def train_again(run: Run, rows: np.ndarray, seed: int, progress: Progress) -> Trained:
    """Train on some of the run's training images; an interrupted training goes on after its last whole epoch."""
    recipe = run.manifest.recipe
    split = _images(run, rows)
    key = digest(canonical({"run": run.id, "rows": rows.tolist(), "seed": seed}))[:16]
    working = run_folder(f".again-{key}")
    with readable_errors(working):
        working.mkdir(parents=True, exist_ok=True)
    with lock(working):
        recorded = run.manifest.backbone == SMALL_CNN_SMOOTH or run.manifest.finetune
        network = (_smooth if recorded else _plain)(run, rows, seed, working, progress)
        features = parts_of(run).whole(next(network.children())) if run.manifest.finetune else network
        trained = file_digest(working / f"epoch-{recipe['epochs']}.safetensors")
        traced = dict(recipe) | {"seed": seed, "trained": trained}

        def seen(pictures: Split, stage: str) -> np.ndarray:
            return raw_features(features, traced, pictures, stage, progress)

        train, test = seen(split, "Features of training images"), seen(run.dataset.test, "Features of test images")
        shutil.rmtree(working, ignore_errors=True)  # only now: another process may wait for what lies there
    scaling = standardisation(train)
    head = fit(standardised(train, *scaling), split.labels, len(run.class_names), run.head.l2)
    return Trained(head, standardised(test, *scaling), network)


def _plain(run: Run, rows: np.ndarray, seed: int, working: Path, progress: Progress) -> nn.Module:
    training, size = small_cnn.Training(seed=seed), run.manifest.recipe["size"]
    return small_cnn.train(_images(run, rows), len(run.class_names), size, training, working, progress)


def _smooth(run: Run, rows: np.ndarray, seed: int, working: Path, progress: Progress) -> nn.Module:
    """The images that are left out have weight 0: order, mirroring and shifts of the others stay."""
    whole = training_of(run, progress)
    training = replace(whole, recipe=replace(whole.recipe, seed=seed))
    shares = torch.zeros(len(run.train_labels))
    shares[torch.from_numpy(rows)] = 1
    return retrained(training, shares, working, by_epochs(training, progress))


def _images(run: Run, rows: np.ndarray) -> Split:
    return replace(run.dataset.train.take(run.arrays["train_rows"][rows]), labels=run.train_labels[rows])


def _scores(trained: Trained, labels: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """Return exact influence scores ``(n, m)`` on some test images."""
    scorer = Scorer(Curvature(trained.head), ESTIMATORS["newton"])
    return scorer.exact(scorer.tests(np.asarray(trained.test_features[shown]), labels[shown]))


def _check(run: Run) -> None:
    if run.manifest.backbone not in TRAINED_HERE and not run.manifest.finetune:
        raise ExplorerError(
            f"The network of this run is {run.manifest.backbone}, which came trained; only {' and '.join(TRAINED_HERE)} are trained again from scratch."
        )
