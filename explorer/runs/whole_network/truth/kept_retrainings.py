"""Real retrainings of a run's network without some of its images: what they said of test images, one small file each.

A file is named by what was left out and by the seed, in a folder that is named by network, recipe, pictures and labels; it is whole or
not there. So whatever asks for a retraining, and however often it is interrupted, it is made once.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from itertools import islice
from pathlib import Path

import numpy as np
import torch

from explorer.core.checksums import canonical, digest, seal_array, unsealed_array
from explorer.core.errors import CancelledError
from explorer.core.files import lock, readable_errors, sweep
from explorer.core.progress import Progress
from explorer.evaluation.retrainings import Exam, outcome, without
from explorer.models.batch_workers import one_thread_each
from explorer.models.smooth_cnn import Training
from explorer.models.smooth_cnn.recording import training_digest
from explorer.models.smooth_cnn.training import flushed_denormals

# Seconds between two reports while trainings run in threads.
LOOK = 0.2
# Steps whose time foretells that of all; the first one, which is slower, aside.
TIMED = 4
STAGE = "Retraining without some images"


@dataclass(frozen=True)
class Removal:
    """A retraining: the images that are left out, as sorted rows, and the seed."""

    dropped: tuple[int, ...]
    seed: int

    @property
    def name(self) -> str:
        """Of its file."""
        return digest(canonical([self.seed, list(self.dropped)]))[:24]


@dataclass(frozen=True, eq=False)
class Retrainings:
    """Those of one training that were made, on disk.

    Attributes:
        home: the run's folder of retrainings.
        training: network, recipe, pictures.
        exam: the test images that each is asked.
    """

    home: Path
    training: Training
    exam: Exam

    @cached_property
    def folder(self) -> Path:
        """Where they lie: another recipe, seed, picture or label is another folder."""
        asked = sha256(np.ascontiguousarray(self.exam.pixels).tobytes())
        asked.update(self.exam.labels.numpy().tobytes())
        return self.home / digest(canonical([training_digest(self.training), asked.hexdigest()]))[:16]

    @property
    def seed(self) -> int:
        """The training's own."""
        return self.training.recipe.seed

    def removal(self, dropped: Iterable[int], seed: int | None = None) -> Removal:
        """Return the retraining without some images, from the training's own seed or another one."""
        return Removal(tuple(sorted(int(row) for row in dropped)), self.seed if seed is None else seed)

    def kept(self, removal: Removal) -> np.ndarray | None:
        """Return what was kept of a retraining ``(2, m)``: margins and losses; None where it was not made, or is damaged."""
        found = unsealed_array(self.folder / f"{removal.name}.sealed")
        return found if found is not None and found.shape == (2, len(self.exam.labels)) else None

    def missing(self, wanted: Iterable[Removal]) -> list[Removal]:
        """Return those that are still to be made, each once."""
        return [removal for removal in dict.fromkeys(wanted) if self.kept(removal) is None]

    def changes(self, removals: Sequence[Removal], losses: bool = False) -> np.ndarray:
        """Return the changes ``(k, m)`` of margins, or of losses, that retrainings measured against nothing left out, same seed.

        They are made by :meth:`make` before.
        """
        whole = {seed: self._read(Removal((), seed)) for seed in {removal.seed for removal in removals}}
        found = [self._read(removal) - whole[removal.seed] for removal in removals]
        return np.stack(found)[:, int(losses)].astype(np.float64)

    @property
    def whole(self) -> np.ndarray:
        """What the network says after training on all images ``(2, m)``: margins and losses."""
        return self._read(self.removal([]))

    def _read(self, removal: Removal) -> np.ndarray:
        found = self.kept(removal)
        return self._made(removal, lambda *_: None) if found is None else found

    def make(self, wanted: Iterable[Removal], progress: Progress) -> None:
        """Make what is missing, several at once, each on one thread; what was made before stays if this is interrupted.

        Nothing left out at each seed, against which all are held, is made too.

        Raises:
            CancelledError: by ``progress``.
            ExplorerError: the disk is full or cannot be written.
        """
        wanted = with_whole(wanted)
        if not self.missing(wanted):
            return
        with readable_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        with lock(self.folder):
            sweep(self.folder)
            left = self.missing(wanted)
            _Workers(self._made).run(left, len(wanted) - len(left), progress)

    def _made(self, removal: Removal, progress: Progress) -> np.ndarray:
        with one_thread_each():
            training = replace(self.training, threads=1)
            state = without(training, removal.dropped, removal.seed, progress)
            found = outcome(training, state, self.exam)
        seal_array(self.folder / f"{removal.name}.sealed", found)
        return found

    def seconds(self, wanted: Iterable[Removal]) -> float:
        """Return how long :meth:`make` will take, from the first steps of a training on one thread."""
        count = len(self.missing(with_whole(wanted)))
        if not count:
            return 0.0
        with one_thread_each(), torch.no_grad(), flushed_denormals():
            state, moments = self.training.begin(), []
            for batch in islice(self.training.batches(), TIMED):
                self.training.advance(state, *self.training.gradient(state, batch))
                moments.append(time.perf_counter())
        step = float(np.median(np.diff(moments))) if len(moments) > 1 else 0.0
        return step * self.training.steps * -(-count // workers(count))


def with_whole(wanted: Iterable[Removal]) -> list[Removal]:
    """Return retrainings, each once, and before those of each seed the one with nothing left out."""
    return list(dict.fromkeys(each for removal in wanted for each in (Removal((), removal.seed), removal)))


def workers(count: int) -> int:
    """Return how many of ``count`` trainings run at once: one a core."""
    return max(1, min(count, torch.get_num_threads()))


class _Workers:
    """Trainings side by side in threads, told of as one work."""

    def __init__(self, work: Callable[[Removal, Progress], object]) -> None:
        self._work, self._stopped = work, False
        self._parts: dict[Removal, float] = {}

    def run(self, left: Sequence[Removal], done: int, progress: Progress) -> None:
        """Do all that is ``left``, beside what was ``done`` before; the first error is raised, and the others stop."""
        self._parts, total, count = dict.fromkeys(left, 0.0), done + len(left), workers(len(left))
        with one_thread_each(), ThreadPoolExecutor(count, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            try:
                open_: set[Future[object]] = {pool.submit(self._one, removal) for removal in left}
                while open_:
                    progress(STAGE, done + sum(self._parts.values()), total)
                    over, open_ = wait(open_, LOOK, FIRST_COMPLETED)
                    for each in over:
                        each.result()
                progress(STAGE, total, total)
            finally:
                self._stopped = True
                pool.shutdown(wait=True, cancel_futures=True)

    def _one(self, removal: Removal) -> None:
        def told(stage: str, done: float, total: float, figures: Mapping[str, float] = {}) -> None:
            if self._stopped:
                raise CancelledError("Stopped.")
            self._parts[removal] = done / total

        self._work(removal, told)
