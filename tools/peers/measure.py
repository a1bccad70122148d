"""One method in a process of its own: seconds to prepare, for one question, for a hundred; memory, bytes, scores.

``python -m tools.peers.measure of_kronfluence "kronfluence EK-FAC" FOLDER OUTPUT`` reads the problem from FOLDER.
"""

import argparse
import json
import resource
import statistics
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable
from functools import partial
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

import numpy as np
import torch

from tools.peers.peer import Peer
from tools.peers.problem import Problem
from tools.peers.timing import timed

# Single questions whose median is taken.
SINGLE = 5
# Where one takes longer than so many processor seconds, it is asked once, and not a hundred but a few are asked together.
SLOW, HUNDRED, FEW = 10.0, 100, 10


def main() -> None:
    """Measure; write ``OUTPUT.json``, and ``OUTPUT.npz`` with the scores."""
    asked = _asked()
    torch.set_num_threads(asked.threads)
    torch.set_flush_denormal(True)
    warnings.simplefilter("ignore")
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (int(asked.memory * 2**30), resource.RLIM_INFINITY))
    try:
        found = measured(asked.method, methods(asked.library)[asked.method](), asked.folder, asked.output)
    except Exception as error:
        traceback.print_exc()
        found = {"method": asked.method, "reason": reason(error)}
    asked.output.with_suffix(".json").write_text(json.dumps(found), encoding="utf-8")


def methods(library: str) -> dict[str, Callable[[], Peer]]:
    """Return the methods of a file of this package; its library is imported."""
    return import_module(f"tools.peers.{library}").METHODS


def measured(method: str, peer: Peer, folder: Path, output: Path) -> dict[str, Any]:
    """Return the figures of a method on the problem in ``folder``, and write its scores."""
    problem = Problem.load(folder)
    if not peer.package:
        _ = problem.recording  # opened before, as it is with a run
    before = peak_megabytes()
    found: dict[str, Any] = {"method": method, "package": peer.package}
    found["version"] = metadata.version(peer.package) if peer.package else ""
    with tempfile.TemporaryDirectory() as place:
        taken, _ = timed(lambda: peer.prepare(problem, Path(place)))
        found["prepare"] = peer.prepared_in or taken
        found["note"] = peer.note
        found["one"] = _single(peer, problem)
        many = HUNDRED if found["one"]["cpu"] < SLOW else FEW
        found["hundred"], margin = timed(lambda: peer.scores(problem.asked[:many], problem.targets[:many], "margin"))
        found["questions"] = len(margin)
        found |= {"peak_megabytes": peak_megabytes(), "megabytes_before": before}
        found |= {"bytes_once": peer.once, "bytes_per_image": peer.per_image}
        scores = {"margin": margin}
        if "loss" in problem.kinds:
            scores["loss"] = peer.scores(problem.asked[:FEW], problem.targets[:FEW], "loss")
    for kind, values in scores.items():
        if values.shape[1] != problem.images:
            raise ValueError(f"scores of shape {values.shape} about {problem.images} images")
        found[f"finite_{kind}"] = bool(np.isfinite(values).all())
    np.savez(output.with_suffix(".npz"), **{kind: values.astype(np.float32) for kind, values in scores.items()})
    return found


def _single(peer: Peer, problem: Problem) -> dict[str, float]:
    taken: list[dict[str, float]] = []
    for asked in list(zip(problem.asked.split(1), problem.targets.split(1), strict=True))[:SINGLE]:
        taken.append(timed(partial(peer.scores, *asked, "margin"))[0])
        if taken[-1]["cpu"] > SLOW:
            break
    return {name: statistics.median(each[name] for each in taken) for name in ("wall", "cpu")}


def peak_megabytes() -> float:
    """Return the most memory that this process ever had, not that of the one which started it."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def reason(error: BaseException) -> str:
    """Return what went wrong as one line."""
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said}"[:300]


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library", help="a file of this package, of_captum say")
    parser.add_argument("method")
    parser.add_argument("folder", type=Path)
    parser.add_argument("output", type=Path, help="its figures go into OUTPUT.json, its scores into OUTPUT.npz")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--memory", type=float, default=16, help="gigabytes of addresses that it may have")
    return parser.parse_args()


if __name__ == "__main__":
    main()
