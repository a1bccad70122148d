"""Our own methods: those of the whole network as they are registered, and two of the last layer as a run has them."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from explorer.attribution.replays import units
from explorer.attribution.unrolled import kept_steps
from explorer.attribution.unrolled.replay_basis import outputs_of
from explorer.attribution.unrolled.reverse import first_passing, step_back
from explorer.attribution.whole_network import WHOLE_NETWORK, Questions
from explorer.attribution.whole_network.base import Kind
from explorer.core.progress import silent
from explorer.models.smooth_cnn.recording import Recording
from explorer.runs.store import open_run
from explorer.runs.whole_network.kept_basis import GROUP, load_basis
from explorer.runs.whole_network.kept_files import folder_of
from tools.peers.peer import Peer
from tools.peers.problem import Problem
from tools.peers.timing import timed

# Steps of which a pass back is timed.
TIMED = 4


class Own(Peer):
    """A method of the registry on the recorded training.

    Args:
        name: in the registry.
    """

    def __init__(self, name: str) -> None:
        self._method = WHOLE_NETWORK[name]
        self.note = "" if self._method.unit else "no unit"

    def prepare(self, problem: Problem, folder: Path) -> None:
        self._recording = problem.recording
        self._index = self._prepared(problem)
        images, arrays = problem.images, self._index.values()
        self.per_image = sum(array.nbytes for array in arrays if images in array.shape) / images
        self.once = sum(array.nbytes for array in arrays if images not in array.shape)

    def _prepared(self, problem: Problem) -> dict[str, np.ndarray]:
        return self._method.prepare(self._recording, silent)

    def scores(self, pixels: Tensor, targets: Tensor, kind: Kind) -> np.ndarray:
        return self._method.scores(self._recording, self._index, Questions(pixels, targets, kind))


class Basis(Own):
    """The basis that a run keeps, as far as it has grown; one of no run is replayed now."""

    def _prepared(self, problem: Problem) -> dict[str, np.ndarray]:
        basis = load_basis(folder_of(problem.run)) if problem.run else None
        if basis is None:
            return super()._prepared(problem)
        passes = 1 + 2 * -(
            -len(basis.table) // GROUP
        )  # the probes once; back and forth for each group, which cost the same
        taken = back(self._recording, basis.directions[:GROUP])
        self.prepared_in = {name: seconds * passes for name, seconds in taken.items()}
        self.note = f"{len(basis.table)} directions that the run keeps; seconds to prepare from {TIMED} of {self._recording.training.steps} steps"
        return {"directions": basis.directions, "table": basis.table, "scales": basis.scales}


class LastLayer(Peer):
    """A method of a run's head; a margin's scores are those of its loss times 1/(p − 1).

    Args:
        name: of the method; None: the run's usual one.
    """

    def __init__(self, name: str | None) -> None:
        self._name = name

    def prepare(self, problem: Problem, folder: Path) -> None:
        if not problem.run:
            raise ValueError("asked of a run alone (--run)")
        self._problem, self._run = problem, open_run(problem.run)
        name = self._name or self._run.default_method
        self.note = f"{name} of the last layer alone, the features known"
        self._scorer = self._run.scorer(name)
        self._scorer.warm_up()
        self.per_image = self._run.head.train_features.nbytes / problem.images

    def scores(self, pixels: Tensor, targets: Tensor, kind: Kind) -> np.ndarray:
        known = self._problem.asked
        rows = self._problem.rows[[int((known == each).flatten(1).all(1).nonzero()[0, 0]) for each in pixels]]
        found = self._scorer.exact(self._run.tests_of(rows)).T
        return found if kind == "loss" else found / np.expm1(-self._run.test_losses[rows])[:, None]


def back(recording: Recording, directions: np.ndarray) -> dict[str, Any]:
    """Return the seconds of one pass back through a whole training along some directions, told from its last steps."""
    training, kept = recording.training, kept_steps(recording.state)
    outputs = outputs_of(units(directions), training.network, training.images.dtype)
    found = first_passing(training, outputs).found
    last = list(training.batches(training.steps - TIMED - 1))[:TIMED]  # the last of an epoch is smaller
    steps = [(batch, kept(batch.step)) for batch in reversed(last)]

    @torch.no_grad()
    def passed() -> None:
        for batch, state in steps:
            step_back(training, batch, state, found)

    taken, _ = timed(passed)
    return {name: seconds / TIMED * training.steps for name, seconds in taken.items()}


SPECIAL: dict[str, type[Own]] = {"replay-basis": Basis}
METHODS: dict[str, Callable[[], Peer]] = {
    f"our {name}": partial(SPECIAL.get(name, Own), name) for name in WHOLE_NETWORK
}
METHODS |= {"our last layer": partial(LastLayer, None), "our similarity": partial(LastLayer, "similarity")}
