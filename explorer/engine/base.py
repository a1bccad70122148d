"""Work over shards: map, sum and ask, whatever runs the tasks.

A task is a function of a module with plain arguments: names of files, numbers, words. So any process that sees the same folder,
or the same store (:mod:`explorer.core.object_store`), can do it, and do it again: its result is written, whole and with a checksum,
before the task is said to be done, and a rerun uses what is there. What runs the tasks is an :class:`Engine`, which has to know one
thing: how to call functions elsewhere.
"""

import functools
import importlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import numpy as np
import scipy.linalg  # its BLAS is loaded before the number of threads is set
from safetensors.numpy import load
from threadpoolctl import threadpool_limits

from explorer.core.checksums import canonical, digest, seal, sealed, unsealed
from explorer.core.errors import DamagedError, ExplorerError
from explorer.core.files import save_array
from explorer.core.object_store import fetched, name_of, offered, path_of, present
from explorer.core.packed_arrays import packed
from explorer.core.progress import Progress, silent
from explorer.core.version import VERSION

T = TypeVar("T")
Plain = str | int | float | bool | None
Arrays = dict[str, np.ndarray]
Answers = list[Arrays]
Call = tuple[Callable[..., Any], tuple[Any, ...]]


@dataclass(frozen=True)
class Task:
    """A pure function of plain arguments that returns arrays by name.

    Attributes:
        function: of a module, so that another process finds it by its name; it may read files that never change, and only these.
        arguments: names of files, numbers, words. What a file holds belongs into its name or stands beside it as a checksum.
    """

    function: Callable[..., Mapping[str, np.ndarray]]
    arguments: tuple[Plain, ...] = ()

    def __post_init__(self) -> None:
        module, name = self.function.__module__, self.function.__qualname__
        if getattr(importlib.import_module(module), name, None) is not self.function:
            raise TypeError(
                f"{name} cannot be found by its name in {module}; a task is a function at the top of a module."
            )

    @cached_property
    def key(self) -> str:
        """The name of its result: a hash of the function's name and the arguments."""
        return digest(canonical([self.function.__module__, self.function.__qualname__, *self.arguments]))[:24]


class Engine(ABC):
    """What runs tasks; a context manager that ends what it started.

    Attributes:
        name: for messages and manifests.
    """

    name: ClassVar[str]

    @property
    @abstractmethod
    def workers(self) -> int:
        """How many tasks run at once."""

    @abstractmethod
    def calls(self, calls: Sequence[Call]) -> Iterator[tuple[int, Any]]:
        """Yield the place and the value of each call as it ends; one whose worker dies is called again.

        Raises:
            ExplorerError: what a call raised, or no worker is left, or workers die again and again.
        """

    @abstractmethod
    def close(self) -> None:
        """End what was started."""

    def __enter__(self) -> "Engine":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def map(self, tasks: Sequence[Task], folder: Path, stage: str = "", progress: Progress = silent) -> list[Path]:
        """Return the files of all results, in the order of the tasks; what a former call has finished is not done again.

        Args:
            tasks: one a shard.
            folder: of the results, the same for every worker; it belongs to the data that the tasks read.
            stage: the name that progress is reported under.
            progress: called after every task.

        Raises:
            DamagedError: a task was done, but its result is not here: the folder is another one for the worker.
        """
        paths = [folder / f"{task.key}.arrays" for task in tasks]
        missing = [place for place, path in enumerate(paths) if not sealed(path, "")]
        progress(stage, len(tasks) - len(missing), len(tasks))
        calls = [(_keep, (tasks[place], name_of(paths[place]), VERSION)) for place in missing]
        for done, (place, _) in enumerate(self.calls(calls)):
            present(paths[missing[place]], anew=True)
            progress(stage, len(tasks) - len(missing) + done + 1, len(tasks))
        return paths

    def sum(self, tasks: Sequence[Task], folder: Path, stage: str = "", progress: Progress = silent) -> Arrays:
        """Return the sum of all results, added in the order of the tasks, so that it has the same bits whoever did them.

        The sum is kept in ``folder`` in the place of what was added.
        """
        whole = folder / f"{digest(canonical([task.key for task in tasks]))[:24]}.sum"
        known = unsealed(whole)
        if known is not None:
            return load(known)
        parts = self.map(tasks, folder, stage, progress)
        total = added(read_arrays(path) for path in parts)
        seal(whole, packed(total))
        for path in parts:
            path.unlink(missing_ok=True)
        return total

    def ask(self, tasks: Sequence[Task], merge: Callable[[Answers], T]) -> T:
        """Return what ``merge`` makes of all answers, in the order of the tasks; they are small, and nothing is written."""
        answers: dict[int, Arrays] = dict(self.calls([(_answer, (task, VERSION)) for task in tasks]))
        return merge([answers[place] for place in range(len(tasks))])


def added(parts: Iterable[Arrays]) -> Arrays:
    """Return the sum of arrays by name, from the first part to the last; one part is held beside the sum."""
    total: Arrays = {}
    for part in parts:
        for name, array in part.items():
            total[name] = array if name not in total else np.add(total[name], array, out=total[name])
    return total


def kept_array(folder: Path, array: np.ndarray) -> str:
    """Write an array into a folder that all workers see, under a name that says what it holds; return its file, for a task's arguments.

    A task reads it by :func:`explorer.core.object_store.found`.
    """
    array = np.ascontiguousarray(array)
    path = folder / f"{digest(canonical([str(array.dtype), array.shape]) + array.tobytes())[:24]}.npy"
    if not path.is_file():
        save_array(path, array)
    offered(path)
    return name_of(path)


def read_arrays(path: Path) -> Arrays:
    """Return the result of a task.

    Raises:
        DamagedError: it is not there, or not what the task wrote.
    """
    content = unsealed(path)
    if content is None:
        raise DamagedError(
            f"A task was done, but its result {path} is missing or damaged; all workers must write to the same folder, at the same path."
        )
    # writable, for it is added to
    return {name: array.copy() for name, array in load(content).items()}


def _keep(task: Task, name: str, version: str) -> None:
    """Do a task and write its result, unless a worker that died afterwards has written it."""
    path = path_of(name)
    if not (sealed(path, "") or (fetched(path) and sealed(path, ""))):
        seal(path, packed(_answer(task, version)))
    offered(path)


def _answer(task: Task, version: str) -> Arrays:
    """Do a task in this process, by one thread: whoever does it, and beside what, its sums have the same order."""
    if version != VERSION:
        raise ExplorerError(
            f"A worker has version {VERSION} of this program, and {version} asks it; install the same one."
        )
    _one_thread()
    return {name: np.ascontiguousarray(array) for name, array in task.function(*task.arguments).items()}


@functools.cache
def _one_thread() -> None:
    """Let BLAS use one thread in this process from now on; workers are as many as cores."""
    assert scipy.linalg
    threadpool_limits(1, user_api="blas")
