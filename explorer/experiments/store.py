"""Results of experiments on disk: measured once for a run and its parameters, then read."""

import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from explorer.core import home
from explorer.core.cached_result import CachedResult, cached_dict
from explorer.core.checksums import canonical, digest, write_manifest
from explorer.core.files import lock
from explorer.core.progress import Progress, silent
from explorer.experiments.base import Experiment
from explorer.runs.results.paths import EXPERIMENT_MARK
from explorer.runs.run import Run


def result_folder(experiment: Experiment, run_id: str) -> Path:
    """Return the folder of an experiment's result, stages and pictures."""
    recipe = {"name": experiment.name, "version": experiment.version, "run": run_id, **asdict(experiment)}
    return home.root() / "experiments" / f"{experiment.name}-{digest(canonical(recipe))[:16]}"


def load_result(experiment: Experiment, run_id: str) -> dict[str, Any] | None:
    """Return the result that was computed before, or None where there is none that is whole."""
    return _cached(experiment, run_id).load()


def measure_or_load(experiment: Experiment, run: Run, progress: Progress = silent) -> dict[str, Any]:
    """Return an experiment's result: the kept one, else measured now; what an interrupted one finished is used.

    Returns:
        its figures, with ``experiment``, ``run``, ``parameters``, and ``seconds`` (of the last, uninterrupted part).

    Raises:
        ExplorerError: it cannot be measured on this run.
    """
    folder = result_folder(experiment, run.id)
    with lock(folder):  # which covers the stages too
        return _cached(experiment, run.id).get_or_compute(lambda: _measured(experiment, run, folder, progress))


def _measured(experiment: Experiment, run: Run, folder: Path, progress: Progress) -> dict[str, Any]:
    folder.mkdir(parents=True, exist_ok=True)
    write_manifest(
        folder / EXPERIMENT_MARK, {"run": run.id}
    )  # its own name does not tell, and it may never be finished
    start = time.perf_counter()
    figures = experiment.measure(run, folder, progress)
    about = {"experiment": experiment.name, "run": run.id, "parameters": asdict(experiment)}
    return about | figures | {"seconds": round(time.perf_counter() - start, 1)}


def _cached(experiment: Experiment, run_id: str) -> CachedResult[dict[str, Any]]:
    return replace(cached_dict(result_folder(experiment, run_id) / "result.json"), exclusive=False)
