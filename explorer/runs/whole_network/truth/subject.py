"""A run as it is judged: its retrainings, and how each method answers for it."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch

from explorer.attribution.whole_network import WHOLE_NETWORK, WholeNetworkEstimator
from explorer.attribution.whole_network.replay_basis import ReplayedBasis, vars_of
from explorer.core.cached_result import cached_dict
from explorer.core.checksums import digest
from explorer.core.progress import Progress
from explorer.evaluation.retrainings import Exam, shown
from explorer.runs.run import Run
from explorer.runs.whole_network.asked_pictures import given_pictures
from explorer.runs.whole_network.kept_basis import GROUP, USUAL
from explorer.runs.whole_network.methods import AVERAGE
from explorer.runs.whole_network.offered import methods_of
from explorer.runs.whole_network.trust_table import folder
from explorer.runs.whole_network.truth.costs import Spent, spending
from explorer.runs.whole_network.truth.kept_retrainings import Retrainings
from explorer.runs.whole_network.truth.report import Judge, Subject
from explorer.runs.whole_network.truth.scores import Index, Judged, whole_network_scores
from explorer.runs.whole_network.whole import WholeNetwork, whole_of

# Test images that each retraining is asked at most: a file of a retraining has 8 bytes for each.
MOST = 10_000
Plain = dict[str, Any]


def subject_of(run: Run, progress: Progress) -> Subject:
    """Return a run of ``small-cnn-smooth`` as it is judged.

    Raises:
        ExplorerError: its training was not recorded, or cannot be read.
    """
    network, rows = whole_of(run), np.sort(shown(len(run.test_labels), MOST))
    training = network.recording.training
    split = run.dataset.test.take(rows)
    pixels = given_pictures(run, split, progress)
    exam = Exam(pixels, torch.from_numpy(run.test_labels[rows]).long())
    made = Retrainings(folder() / f"{run.id}-retrainings", training, exam)
    judges: dict[str, Judge] = {name: partial(_whole_network, network, made, name) for name in methods_of(run)}
    if AVERAGE in judges:
        judges[AVERAGE] = partial(_average, network, made)
    judges["head"] = partial(_head, run, run.default_method, rows)
    judges["similarity"] = partial(_head, run, "similarity", rows)
    return Subject(run.id, made, judges, run.test_losses[rows])


def _whole_network(
    network: WholeNetwork, made: Retrainings, method: str, rows: np.ndarray, progress: Progress
) -> Judged:
    index = _index(network, made, method, progress)
    return whole_network_scores(
        made.folder / "scores", WHOLE_NETWORK[method], network.recording, index, made.exam.take(rows), progress
    )


def _average(network: WholeNetwork, made: Retrainings, rows: np.ndarray, progress: Progress) -> Judged:
    """Return the mean of the scores of trainings from several seeds; each of them is taken to cost what the run's own does."""
    networks, exam = network.over_seeds(), made.exam.take(rows)
    index, estimator = _index(network, made, "replay-basis", progress), WHOLE_NETWORK["replay-basis"]
    others = [replace(index, arrays=vars_of(each.basis(progress))) for each in networks[1:]]
    found = [
        whole_network_scores(made.folder / "scores", estimator, each.recording, prepared, exam, progress)
        for each, prepared in zip(networks, [index, *others], strict=True)
    ]
    return replace(
        found[0],
        scores=np.mean([each.scores for each in found], axis=0),
        seconds_prepare=sum(each.seconds_prepare for each in found),
        seconds_query=sum(each.seconds_query for each in found),
        bytes_per_image=sum(each.bytes_per_image for each in found),
        peak_memory_bytes=max(each.peak_memory_bytes for each in found),
    )


def _index(network: WholeNetwork, made: Retrainings, method: str, progress: Progress) -> Index:
    """Return what a method has prepared for a run, prepared now where that is not kept, and what that takes."""
    estimator = WHOLE_NETWORK[method]
    kept = cached_dict(made.folder / "scores" / f"index-{method}-{digest(repr(estimator).encode())[:12]}.json")
    if isinstance(estimator, ReplayedBasis):
        return _basis(network, estimator, kept.get_or_compute, progress)
    arrays = network.prepared(method, progress)
    spent = kept.get_or_compute(lambda: vars(_preparing(network, estimator, progress)))
    return Index(arrays, spent["seconds"], int(spent["peak_memory_bytes"]))


def _preparing(network: WholeNetwork, estimator: WholeNetworkEstimator, progress: Progress) -> Spent:
    with spending() as spent:
        estimator.prepare(network.recording, progress)
    return spent


def _basis(
    network: WholeNetwork, estimator: ReplayedBasis, kept: Callable[[Callable[[], Plain]], Plain], progress: Progress
) -> Index:
    """Return the basis as far as it has grown, but at least as the program grows it unasked.

    What it takes is measured on the first group of directions: its replays, what they span followed, and the probes followed, three
    passes; each further group takes two.
    """
    basis = network.basis(progress)
    if len(basis.table) < USUAL:
        basis = network.grow(USUAL, progress)

    def first() -> Spent:
        with spending() as spent:
            replace(estimator, directions=GROUP).prepare(network.recording, progress)
        return spent

    spent = kept(lambda: vars(first()))
    groups = -(-len(basis.table) // GROUP)
    passes = 1 + 2 * groups
    return Index(vars_of(basis), passes / 3 * spent["seconds"], int(spent["peak_memory_bytes"]))


def _head(run: Run, method: str, exam: np.ndarray, rows: np.ndarray, progress: Progress) -> Judged:
    """Return the scores of a method of the run's head, the last layer fitted to the network's features."""
    tests = exam[rows]
    with spending() as preparing:
        scorer = run.scorer(method)
        scorer.warm_up()
    with spending() as asking:
        scorer.exact(run.tests_of(tests[:1]))
    scores = scorer.exact(run.tests_of(tests))
    features = run.head.train_features
    return Judged(
        scores,
        True,
        "nats" if scorer.estimator.unit == "nats" else "",
        preparing.seconds,
        asking.seconds,
        features.nbytes / len(features),
        max(preparing.peak_memory_bytes, asking.peak_memory_bytes),
    )
