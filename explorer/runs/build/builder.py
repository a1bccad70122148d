"""Building a run: data → features → λ → head → folder, whole or not at all; what was finished before is used."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from explorer.attribution import Curvature
from explorer.core.checksums import file_digest
from explorer.core.errors import DamagedError, ExplorerError, UnavailableError
from explorer.core.files import lock, readable_errors, save_array, writing_folder
from explorer.core.object_store import forgotten
from explorer.core.progress import Progress
from explorer.core.scale import sharded
from explorer.datasets import SOURCES, open_dataset
from explorer.engine import Engine as ShardEngine
from explorer.engine import Processes
from explorer.engine import engine_of as engine_of_shards
from explorer.models import SMALL_CNN, SMALL_CNN_SMOOTH, TRAINED_HERE, small_cnn, weights
from explorer.models.features import raw_features
from explorer.models.head import Head, choose_l2, fit
from explorer.models.standardisation import standardisation, standardised
from explorer.runs.build.cost import Sizes, run_bytes
from explorer.runs.build.custom_network import custom_network_facts
from explorer.runs.build.engine_choice import KEY as ENGINE
from explorer.runs.build.engine_choice import engine_of, frozen_network
from explorer.runs.build.facts import Built, Seconds, timed, timed_over_starts
from explorer.runs.build.plan import Plan, plan
from explorer.runs.build.recorded_training import keep_tuned, recorded_network, restore_recording, tuned_network
from explorer.runs.build.request import DEFAULT_BACKBONE, Config
from explorer.runs.build.sharded_features import feature_files_of
from explorer.runs.build.sharded_fit import save_in_shards
from explorer.runs.epochs import save_epochs
from explorer.runs.run import Run
from explorer.runs.store import load_run, point, run_folder


def build(config: Config, name: str, progress: Progress, workers: str = Processes.name) -> Run:
    """Return the run of this request under ``name``: the finished one where it exists, else built now.

    Args:
        config: the request.
        name: of the run.
        progress: told what is done.
        workers: what works on shards, where the run is large enough for them (:func:`explorer.engine.engine_of`).

    Raises:
        ExplorerError: the request cannot be met; the sentence says why.
    """
    crew = engine_of_shards(workers)
    seconds: Seconds = {}
    with timed(seconds, "data"):
        planned = plan(config, config.planted().apply(open_dataset(config.dataset, progress)))
    run_id = planned.run_id()
    with lock(run_folder(run_id)):
        try:
            run = load_run(run_id)
            restore_recording(run, progress)
        except DamagedError:
            with crew:
                _compute(planned, run_id, seconds, progress, crew)
            run = load_run(run_id)
        # here, because a build may have been killed after its last file and before this
        shutil.rmtree(run_folder(f".work-{run_id}"), ignore_errors=True)
        if sharded(len(planned.rows)):
            forgotten(run_folder(f".work-{run_id}"))
    point(name, run_id)
    return run


def build_default(progress: Progress) -> Run:
    """Return the default run, or one on drawn pictures where the data or the weights cannot be had."""
    try:
        return build(Config(), Config().name(), progress)
    except UnavailableError:
        cached = weights.intact(DEFAULT_BACKBONE)
        config = Config(SOURCES["drawn"].name, DEFAULT_BACKBONE if cached else SMALL_CNN)
        return build(config, Config().name(), progress)


def _compute(planned: Plan, run_id: str, seconds: Seconds, progress: Progress, crew: ShardEngine) -> None:
    working = run_folder(f".work-{run_id}")
    with readable_errors(working):
        working.mkdir(parents=True, exist_ok=True)
    with timed_over_starts(seconds, "network", working / "seconds.json", progress) as told:
        network, recipe = _network(planned, working, told)
    engine = engine_of(planned, network, progress)
    if sharded(len(planned.rows)) and not planned.trained_here:
        files = feature_files_of(planned, network, recipe, engine, seconds, crew, progress)
        more = {ENGINE: engine.to_dict(), "workers": crew.name}
        save_in_shards(planned, network, recipe, files, run_id, working, seconds, crew, progress, more)
        return
    with timed(seconds, "features"):
        seen = planned.dataset.train.take(planned.chosen)
        train = raw_features(network, recipe, seen, "Features of training images", progress)
        train = train[np.isin(planned.chosen, planned.rows)]
        test = raw_features(network, recipe, planned.dataset.test, "Features of test images", progress)
    custom = custom_network_facts(planned, network, train, test)
    mean, deviation = standardisation(train)
    train, test = standardised(train, mean, deviation), standardised(test, mean, deviation)
    with timed(seconds, "head"):
        head, curve = _head(planned, train, working / "choice", progress)
    scaling = {"mean": mean, "deviation": deviation}
    built = Built(planned, run_id, network, recipe, custom, head, test, curve, scaling)
    sizes = Sizes(len(train), len(test), train.shape[1], len(planned.dataset.class_names))
    with writing_folder(run_folder(run_id), run_bytes(sizes)) as folder:
        with timed(seconds, "curvature"):
            _save_curvature(folder, head, progress)
        with timed(seconds, "saving"):
            save_array(folder / "train_features.npy", head.train_features)
            save_array(folder / "test_features.npy", test)
            built.save_small(folder)
            splits = {"train": planned.train, "test": planned.dataset.test}
            save_epochs(splits, len(planned.dataset.class_names), recipe, working, folder, progress)
            keep_tuned(working, folder)
        built.save_manifest(folder, seconds, {ENGINE: engine.to_dict()}, progress)


def _network(planned: Plan, working: Path, progress: Progress) -> tuple[nn.Module, dict[str, Any]]:
    """Return the network and what determines its features."""
    recipe = planned.recipe()
    if planned.config.finetune:
        return tuned_network(planned, working, progress)
    if planned.config.backbone not in TRAINED_HERE:
        return frozen_network(planned, progress), recipe
    if planned.config.backbone == SMALL_CNN_SMOOTH:
        return recorded_network(
            planned.train, len(planned.dataset.class_names), planned.run_id(), recipe, working, progress
        )
    training = small_cnn.Training(seed=planned.config.seed)
    classes = len(planned.dataset.class_names)
    device = planned.config.device
    network = small_cnn.train(planned.train, classes, planned.size, training, working, progress, device)
    return network, recipe | {"trained": file_digest(working / f"epoch-{training.epochs}.safetensors")}


def _head(planned: Plan, features: np.ndarray, notes: Path, progress: Progress) -> tuple[Head, dict[float, float]]:
    """Return the fitted head and the cross-validated log-loss of each λ (empty where a person gave λ)."""
    classes, labels = len(planned.dataset.class_names), planned.train.labels
    if len(np.unique(labels)) < classes:
        raise ExplorerError("A class has no training image; give at least one image of every class.")
    given = planned.config.l2
    curve = {} if given else choose_l2(features, labels, classes, progress, notes)
    l2 = given or min(curve, key=lambda value: curve[value])
    progress("Fitting the head", 0, 1)
    head = fit(features, labels, classes, l2)
    progress("Fitting the head", 1, 1)
    return head, curve


def _save_curvature(folder: Path, head: Head, progress: Progress) -> None:
    curvature = Curvature(head, progress=progress)
    if curvature.dense:
        for name in curvature.saved_names:
            save_array(folder / f"{name}.npy", getattr(curvature, name))
