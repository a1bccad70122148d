"""Before a long build: what the data hold, how long it will take, what it needs, and what will be written where.

What can be counted is counted; what depends on the machine is measured (:mod:`explorer.runs.build.throughput`).
"""

import resource
import shutil
import sys
import time
from dataclasses import replace
from typing import Any

from explorer.core import home
from explorer.core.errors import CancelledError, ExplorerError, UnavailableError
from explorer.core.files import megabytes
from explorer.core.progress import Progress, silent
from explorer.datasets import Dataset, open_dataset, uploads
from explorer.datasets.decoding import CLIPPED, FULL
from explorer.datasets.pictures import decoding_of
from explorer.datasets.summary import summarise
from explorer.datasets.survey import DEEP
from explorer.engine import Processes
from explorer.engine.processes import cores
from explorer.models.features import cached
from explorer.models.fine_tuning.parts import parted
from explorer.models.fine_tuning.recipe import TuningRecipe
from explorer.models.preparation.preparation import summary
from explorer.models.seen_epochs import seen_epochs
from explorer.models.smooth_cnn.as_module import network_of
from explorer.models.smooth_cnn.state_rows import layout
from explorer.models.trained_here import smooth_recipe
from explorer.runs.build.cost import WRITTEN, available_memory, cache_bytes, fit_seconds, memory_bytes
from explorer.runs.build.engine_choice import KEY as ENGINE
from explorer.runs.build.engine_choice import said
from explorer.runs.build.estimate import BuildEstimate
from explorer.runs.build.plan import Plan, doubt, plan
from explorer.runs.build.preflight_store import key_of, remove, save, save_offers
from explorer.runs.build.preparation_trial import judged, names_better
from explorer.runs.build.request import Config
from explorer.runs.build.sample_pictures import save_samples
from explorer.runs.build.sharded_cost import Crew, fit_seconds_in_shards, shard_bytes
from explorer.runs.build.throughput import measure_throughput
from explorer.runs.store import built_on, names, recording_folder, run_folder


def preflight(
    config: Config, name: str, progress: Progress, started: float = 0.0, engine: str = Processes.name
) -> dict[str, Any]:
    """Return what a build of this request finds and will take, and keep it for the page.

    Args:
        config: the request.
        name: of the run.
        progress: reports what is being measured.
        started: seconds that the program took to start.
        engine: what would work on shards (:func:`explorer.engine.engine_of`).

    Raises:
        ExplorerError: the request cannot be met. An upload that is refused is removed, unless a run was built on it.
    """
    words, crew, program = [*config.to_argv(), "--run", name], Crew.of(engine), _peak()
    remove(key_of(words))
    dataset = _opened(config, key_of(words), progress)
    start = time.perf_counter()
    planned = plan(replace(config, as_read=True), config.planted().apply(open_dataset(config.dataset)))
    opening = time.perf_counter() - start
    estimate = _estimated(planned, progress, opening, started, program, crew)
    report = _report(estimate, summarise(dataset), doubt(config, dataset)) | {
        "words": words,
        "run": name,
        "made": time.time(),
    }
    report |= _own_layer(planned, progress)
    report |= {"named": names().get(name, "")}  # so that a name which somebody takes meanwhile is not taken over
    save_samples(key_of(words), dataset)
    save(key_of(words), report)
    return report


def _opened(config: Config, key: str, progress: Progress) -> Dataset:
    try:
        return open_dataset(config.dataset, progress)
    except (CancelledError, UnavailableError):  # which say nothing of the content
        raise
    except ExplorerError as error:
        if offers := [offer.to_dict() for offer in getattr(error, "offers", ())]:
            save_offers(key, offers)  # a choice may open it
        elif config.dataset not in built_on():
            uploads.remove_upload(config.dataset)
        raise


def _own_layer(planned: Plan, progress: Progress) -> dict[str, Any]:
    """Return how the own last layer of a person's network does on some training pictures; nothing where there is none."""
    if not planned.config.own.checkpoint:
        return {}
    found = judged(planned, planned.network().load(progress), progress)
    if found is None:
        return {}
    share, pictures, told = found
    return {"own_layer": {"right": share, "pictures": pictures, "told": told, "better": names_better(told)}}


def _peak() -> int:
    """Return the bytes of memory that this process had at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _estimated(
    planned: Plan, progress: Progress, opening: float, started: float, program: int, crew: Crew
) -> BuildEstimate:
    """Return the estimate; ``program`` are the bytes of memory before the data were opened."""
    opened = _peak()
    sample = measure_throughput(planned, progress)
    peak = _peak()
    known = stored = 0
    if not planned.trained_here:  # what is trained anew makes new features
        for split in (planned.dataset.train.take(planned.chosen), planned.dataset.test):
            seen, written = cached(planned.recipe(), split)
            known, stored = known + int(seen.sum()), stored + int(written.sum())
    return BuildEstimate(planned, sample, known, stored, peak, opening, started, program + peak - opened, crew)


def _report(estimate: BuildEstimate, data: dict[str, Any], doubtful: str) -> dict[str, Any]:
    planned = estimate.planned
    disk, memory = _disk(estimate), _memory(estimate)
    return {
        "run_id": planned.run_id(),
        "exists": estimate.exists,
        "data": data,
        "pictures": str(getattr(planned.dataset.train.pictures, "root", None) or ""),
        "images": {
            "train": estimate.sizes.train,
            "test": estimate.sizes.test,
            "known": estimate.known,
            "all": estimate.pictures,
        },
        "network": {
            "name": planned.config.backbone,
            "size": planned.size,
            "features": estimate.sample.width,
            "preparation": summary(planned.preparation),
            **({"notes": list(estimate.sample.notes)} if estimate.sample.notes else {}),
            "computed_by": said(estimate.sample.engine.to_dict()),
        },
        ENGINE: estimate.sample.engine.to_dict(),
        "seconds": _seconds(estimate),
        "sample": {"pictures": estimate.sample.pictures, "seconds": round(estimate.sample.seconds, 3)},
        "memory": memory,
        **_workers(estimate),
        "disk": disk,
        "refusal": doubtful or _refusal(disk),
        "refusal_as_read": _refusal(disk),
        "warning": " ".join(filter(None, (_clipped(planned), _warning(memory)))),
    }


def _seconds(estimate: BuildEstimate) -> dict[str, float]:
    """Return how long each part of the build will take; a run that is there is only opened."""
    parts = {"start": estimate.started, "data": estimate.opening}
    if not estimate.exists:
        if estimate.trained:
            trained = _epochs(estimate) * estimate.sample.training * estimate.sizes.train
            # of a block that is trained on, what the rest of the network makes of the pictures is computed once
            seen = (_epochs_seen(estimate) or 1) * estimate.sample.each * estimate.pictures
            parts["training"] = trained + seen + _states(estimate) / WRITTEN
        share = cores() / estimate.crew.count if estimate.in_shards else 1.0
        parts["features"] = estimate.sample.each * (estimate.pictures - estimate.known) * share
        parts["fit"] = _fit_seconds(estimate)
        parts["writing"] = estimate.run_bytes / WRITTEN
    return {name: round(seconds, 2) for name, seconds in (parts | {"all": sum(parts.values())}).items()}


def _fit_seconds(estimate: BuildEstimate) -> float:
    if not estimate.in_shards:
        return fit_seconds(estimate.sizes)
    return fit_seconds_in_shards(estimate.sizes, estimate.planned.config.l2, estimate.crew)


def _disk(estimate: BuildEstimate) -> dict[str, Any]:
    """Return what will be written where, in bytes, and what the disk has left."""
    features = cache_bytes(estimate.sizes, estimate.pictures - estimate.stored)
    run, path = estimate.run_bytes + _seen(estimate), run_folder(estimate.planned.run_id())
    writes: list[tuple[str, str, int]] = (
        []
        if estimate.exists
        else [
            ("features of pictures", str(home.features()), features),
            ("the run", str(path), run),
        ]
    )
    if states := _states(estimate):
        writes.append(("every state of its training", str(recording_folder(estimate.planned.run_id())), states))
    return {
        "writes": [dict(zip(("what", "path", "bytes"), one, strict=True)) for one in writes],
        "all": sum(size for _, _, size in writes),
        "free": shutil.disk_usage(home.root()).free,
    }


def _epochs(estimate: BuildEstimate) -> int:
    """Return the epochs of a network that is trained here, else 0."""
    return int(estimate.planned.recipe()["epochs"]) if estimate.trained else 0


def _seen(estimate: BuildEstimate) -> int:
    """Return the bytes of what each epoch saw, which a run keeps."""
    return _epochs_seen(estimate) * 4 * estimate.sizes.width * estimate.pictures


def _epochs_seen(estimate: BuildEstimate) -> int:
    """Return after how many epochs what all pictures are seen as is kept; never of a block that is trained on."""
    trained = estimate.trained and not estimate.planned.config.finetune
    return seen_epochs(_epochs(estimate)) if trained else 0


def _states(estimate: BuildEstimate) -> int:
    """Return the bytes of the states of a training that is recorded; 0 where none is, or the run is there."""
    if estimate.exists or not estimate.planned.recorded:
        return 0
    if estimate.planned.config.finetune:
        tuning = TuningRecipe.of_dict(estimate.planned.recipe())
        block = parted(estimate.planned.network(), tuning, estimate.sizes.classes, silent).network
        return layout(block, tuning, estimate.sizes.train).bytes
    recipe = smooth_recipe(estimate.planned.recipe())
    return layout(network_of(recipe, estimate.sizes.classes), recipe, estimate.sizes.train).bytes


def _memory(estimate: BuildEstimate) -> dict[str, int | None]:
    """Return the bytes that the build will have at most on this machine, and what programs may still take."""
    size, n = estimate.planned.size, estimate.sizes.train
    held = 3 * 4 * 3 * size * size * n if estimate.trained else 0  # three copies of all pictures, as float32
    arrays = max(held, memory_bytes(estimate.sizes))
    if estimate.in_shards:
        arrays = _worker(estimate) * estimate.crew.count * estimate.crew.here
    return {"program": estimate.base, "all": estimate.base + arrays, "available": available_memory()}


def _worker(estimate: BuildEstimate) -> int:
    """Return the bytes that a worker has at most."""
    return estimate.worker + shard_bytes(estimate.sizes)


def _workers(estimate: BuildEstimate) -> dict[str, Any]:
    """Return who works on shards; nothing where the run is built by one process."""
    if not estimate.in_shards:
        return {}
    crew = estimate.crew
    return {"workers": {"engine": crew.name, "count": crew.count, "here": crew.here, "bytes": _worker(estimate)}}


def _refusal(disk: dict[str, Any]) -> str:
    if disk["all"] <= disk["free"]:
        return ""
    return f"The disk of {home.root()} has {megabytes(disk['free'])} free, and the build writes about {megabytes(disk['all'])}; free some space and check again, or set EXPLORER_HOME to a folder on another disk."


def _clipped(planned: Plan) -> str:
    """Return a sentence where a network's library makes white what lies above 8 bits, and the pictures have more; else empty."""
    if (
        planned.preparation.range != CLIPPED
        or DEEP not in planned.dataset.facts
        or planned.config.own.preparation.range
    ):
        return ""
    word = decoding_of(planned.dataset.train.pictures).range or FULL
    return f"This network's library makes every value above 255 white, and these pictures have {planned.dataset.facts[DEEP].partition(', read as')[0]}; choose {word} for pictures of more than 8 bits (--range {word}) if it was trained so."


def _warning(memory: dict[str, int | None]) -> str:
    available, needed = memory["available"], memory["all"] or 0
    if available is None or needed <= available:
        return ""
    return f"The build may need {megabytes(needed)} of memory, and {megabytes(available)} are free; end other programs, or choose fewer training images."
