"""Results of experiments on disk: computed once for a run and its parameters, then read."""

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from explorer.core import home
from explorer.core.checksums import canonical, digest, read_manifest, write_manifest
from explorer.core.errors import DamagedError
from explorer.core.files import lock
from explorer.core.progress import Progress, silent
from explorer.experiments.base import Experiment
from explorer.runs.run import Run


def result_folder(experiment: Experiment, run_id: str) -> Path:
    """Return the folder of an experiment's result, stages and pictures."""
    asked = {"name": experiment.name, "version": experiment.version, "run": run_id, **asdict(experiment)}
    return home.root() / "experiments" / f"{experiment.name}-{digest(canonical(asked))[:16]}"


def load_result(experiment: Experiment, run_id: str) -> dict[str, Any] | None:
    """Return the result that was computed before, or None where there is none that is whole."""
    try:
        return read_manifest(result_folder(experiment, run_id) / "result.json")
    except DamagedError:
        return None


def measure_or_load(experiment: Experiment, run: Run, progress: Progress = silent) -> dict[str, Any]:
    """Return an experiment's result: the kept one, else measured now; what an interrupted one finished is used.

    Returns:
        its figures, with ``experiment``, ``run``, ``parameters``, and ``seconds`` (of the last, uninterrupted part).

    Raises:
        ExplorerError: it cannot be measured on this run.
    """
    folder = result_folder(experiment, run.id)
    with lock(folder):
        found = load_result(experiment, run.id)
        if found is None:
            folder.mkdir(parents=True, exist_ok=True)
            start = time.perf_counter()
            figures = experiment.measure(run, folder, progress)
            about = {"experiment": experiment.name, "run": run.id, "parameters": asdict(experiment)}
            found = about | figures | {"seconds": round(time.perf_counter() - start, 1)}
            write_manifest(folder / "result.json", found)
    return found
