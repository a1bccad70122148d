"""The whole network of an opened run, and whatever is kept of its recorded training: asked here, computed once."""

from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from explorer.attribution.replays import share_held
from explorer.core.cached_result import cached_array
from explorer.core.checksums import digest
from explorer.core.errors import ExplorerError
from explorer.core.files import lock
from explorer.core.keyed_cache import KeyedCache
from explorer.core.progress import Progress, silent
from explorer.runs.run import Run
from explorer.runs.whole_network.asked import Answer, Asked
from explorer.runs.whole_network.kept_basis import FIRST, groups_replayed, load_basis, load_probes, load_tests
from explorer.runs.whole_network.kept_files import Arrays, folder_of, kept_arrays, load_epochs
from explorer.runs.whole_network.methods import AVERAGE
from explorer.runs.whole_network.offered import check_offered
from explorer.runs.whole_network.other_seeds import (
    MOST_SEEDS,
    USUAL_SEEDS,
    folder_of_seed,
    other_seeds,
    recording_folder_of,
    replayed_seeds,
)
from explorer.runs.whole_network.recorded import check_recorded
from explorer.runs.whole_network.self_influence import keep_self_influences

if TYPE_CHECKING:
    from explorer.attribution.replays import ReplayBasis
    from explorer.attribution.whole_network import Questions, Recording, WholeNetworkEstimator

# Counted up where indexes that were kept before must not be read: those of form 1 have the eigenvectors of EK-FAC misplaced.
INDEX = 2


@dataclass(frozen=True, eq=False)
class WholeNetwork:
    """What can be asked of a run's whole network; torch is loaded only where something is not kept.

    Attributes:
        run: on a network whose training was recorded.
        seed: of another training of that network on the same images; None for the run's own.
    """

    run: Run
    seed: int | None = None

    @property
    def folder(self) -> Path:
        """Of what is kept."""
        return folder_of(self.run.id) if self.seed is None else folder_of_seed(self.run.id, self.seed)

    @cached_property
    def recording(self) -> "Recording":
        """The recorded training; one from another seed is trained now where it is not kept."""
        from explorer.runs.whole_network.training_of_run import recorded_from, recording_of  # torch

        if self.seed is None:
            return recording_of(self.run)
        return recorded_from(self.run, self.seed, recording_folder_of(self.folder))

    @cached_property
    def logits(self) -> np.ndarray:
        """What the network's own last layer says of the test images ``(m, C)``."""
        kept, tests = cached_array(self.folder / "logits.npy"), load_tests(self.folder)
        return kept.get_or_compute(lambda: self.logits_of(None) if tests is None else tests.logits)

    def logits_of(self, pixels: np.ndarray | None) -> np.ndarray:
        """Return the network's logits ``(m, C)`` of pictures as it is given them, or of all test images where None."""
        from explorer.runs.whole_network import torch_answers

        return torch_answers.logits_of(self.run, self.recording, pixels)

    def pixels_of_picture(self, content: bytes) -> np.ndarray:
        """Return a picture of one's own, the bytes of a file, as the network is given it ``(1, 3, s, s)``.

        Raises:
            ExplorerError: the bytes are no picture.
        """
        from explorer.runs.whole_network.asked_pictures import picture_pixels  # torch

        return picture_pixels(self.run, content)

    def answer(self, asked: Asked, method: str, progress: Progress = silent) -> Answer:
        """Return scores for what is asked; what is not kept is computed now.

        Raises:
            ExplorerError: the run's training cannot be read, or the disk is full.
        """
        check_offered(self.run, method)
        if method == "unrolled":
            return Answer(-self.by_epoch(asked, progress).sum(axis=1))
        if method == "replay-basis":
            return self._by_basis(asked, progress)
        if method == AVERAGE:
            return _mean([each._by_basis(asked, progress) for each in self.over_seeds()])
        estimator = _estimator(method)
        return Answer(estimator.scores(self.recording, self.prepared(method, progress), self._questions(asked)))

    def by_epoch(self, asked: Asked, progress: Progress = silent) -> np.ndarray:
        """Return the exact df/dw of what is asked by epoch ``(k, E, n)``, replayed now where it is not kept."""
        found = load_epochs(self.folder, asked.names)
        if found is not None:
            return found
        from explorer.runs.whole_network.kept_rows import exact_by_epoch

        return exact_by_epoch(self.folder, self.recording, asked.names, lambda: self._questions(asked), progress)

    def basis(self, progress: Progress = silent) -> "ReplayBasis":
        """Return the basis as far as it is replayed; where nothing is, its first directions are, now."""
        check_offered(self.run, "replay-basis")
        return load_basis(self.folder) or self.grow(FIRST, progress)

    def grow(self, directions: int, progress: Progress = silent) -> "ReplayBasis":
        """Return the basis with at least so many directions, as far as there are so many."""
        check_offered(self.run, "replay-basis")
        from explorer.runs.whole_network import asked_pictures, growing  # torch

        tests = partial(asked_pictures.all_test_pixels, self.run)
        basis = growing.grow(self.folder, self.recording, directions, tests, progress)
        keep_self_influences(self.folder, self.recording, progress)
        return basis

    def grow_seeds(self, count: int, directions: int, progress: Progress = silent) -> None:
        """Train the network from so many other seeds, and replay directions of each, where that is not kept.

        Raises:
            ExplorerError: the disk cannot be written, or has less room than a training's states need.
        """
        from explorer.runs.whole_network.training_of_run import recorded_from  # torch

        for seed in other_seeds(self.run, count):
            network = seed_of(self.run, seed)
            recorded_from(self.run, seed, recording_folder_of(network.folder), progress)
            network.grow(directions, progress)

    def over_seeds(self) -> "list[WholeNetwork]":
        """Return this network and those of other seeds whose training was replayed.

        Raises:
            ExplorerError: there is none from another seed.
        """
        others = [seed_of(self.run, seed) for seed in replayed_seeds(self.run)]
        if not others:
            raise ExplorerError(
                f"No training from another seed is replayed yet; a button on Explain replays some, and so does the command replay-basis with --seeds {USUAL_SEEDS}."
            )
        return [self, *others]

    @property
    def replayed(self) -> int:
        """How many groups of directions can be used."""
        return groups_replayed(self.folder)

    def _by_basis(self, asked: Asked, progress: Progress) -> Answer:
        basis = self.basis(progress)
        tests, probes = load_tests(self.folder), load_probes(self.folder)
        assert tests is not None  # kept with the basis, as the probes are
        assert probes is not None
        if asked.rows is not None and len(asked.rows) == 1 and asked.kind == "loss":
            coefficients, probed = tests.loss(asked.rows[0], asked.targets[0])
            found = basis.derivatives(coefficients)
            return Answer(-found, float(share_held(found, probed)[0]))
        from explorer.runs.whole_network import torch_answers

        return torch_answers.by_basis(basis, probes, self.recording, self._questions(asked))

    def prepared(self, method: str, progress: Progress = silent) -> Arrays:
        """Return the index of an estimator, prepared now where it is not kept.

        Raises:
            ExplorerError: the disk is full or cannot be written.
        """
        if method not in self._indexes:
            estimator = _estimator(method)
            name = digest(f"{estimator!r} {INDEX}".encode())[:12]  # a dataclass: its name and parameters
            kept = kept_arrays(self.folder / f"{method}-{name}.safetensors")
            with lock(kept.path):
                found = kept.get_or_compute(lambda: estimator.prepare(self.recording, progress))
            self._indexes[method] = found
        return self._indexes[method]

    @cached_property
    def _indexes(self) -> dict[str, Arrays]:
        return {}

    def _questions(self, asked: Asked) -> "Questions":
        from explorer.runs.whole_network.asked_pictures import questions_of

        return questions_of(self.run, asked)


def _mean(answers: list[Answer]) -> Answer:
    """Return the mean of the answers of several trainings."""
    held = [each.share_held for each in answers if each.share_held is not None]
    scores = np.mean([each.scores for each in answers], axis=0)
    return Answer(scores, float(np.mean(held)) if held else None, len(answers))


def _estimator(method: str) -> "WholeNetworkEstimator":
    from explorer.attribution.whole_network import WHOLE_NETWORK  # torch

    return WHOLE_NETWORK[method]


def _whole(run: Run) -> WholeNetwork:
    check_recorded(run)
    check_offered(run)
    return WholeNetwork(run)


# Of a run that is opened; the recording's states and the indexes that were asked for are held.
whole_of = KeyedCache(_whole, 2)
# Of another training of it.
seed_of = KeyedCache(WholeNetwork, MOST_SEEDS)
