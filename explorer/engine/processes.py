"""The engine that needs nothing: processes of the standard library on this machine."""

import multiprocessing
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from typing import Any, ClassVar

from explorer.core.allocation import keep_freed_memory
from explorer.core.errors import ExplorerError
from explorer.engine.base import Call, Engine, Task

# Workers that may die one after the other without any call ending between; a shard that ends its worker each time is no accident.
DEATHS = 3


@dataclass(eq=False)
class Processes(Engine):
    """Worker processes of this machine, begun with the first call, one a core.

    Attributes:
        count: how many; 0 means one a core that this process may use.
    """

    name: ClassVar[str] = "processes"
    count: int = 0
    _pool: ProcessPoolExecutor | None = field(default=None, init=False, repr=False)

    @property
    def workers(self) -> int:
        """How many tasks run at once."""
        return self.count or cores()

    def calls(self, calls: Sequence[Call]) -> Iterator[tuple[int, Any]]:
        """Yield the place and the value of each call as it ends; where a worker is killed, what was not finished is called again.

        Raises:
            ExplorerError: workers die again and again.
        """
        left, deaths = dict(enumerate(calls)), 0
        while left:
            futures = {}
            try:
                pool = self._pooled(calls)
                futures = {pool.submit(function, *given): place for place, (function, given) in left.items()}
                for future in as_completed(futures):
                    value, deaths = future.result(), 0
                    del left[futures[future]]
                    yield futures[future], value
            except BrokenProcessPool as error:
                deaths += 1
                self.close()
                if deaths > DEATHS:
                    raise ExplorerError(_dying(len(left))) from error
            finally:
                _cancel(futures)

    def _pooled(self, calls: Sequence[Call]) -> ProcessPoolExecutor:
        """Return the workers; new ones where the last were killed. What the first calls need is loaded once, before the first fork."""
        if self._pool is None:
            context = multiprocessing.get_context("forkserver")
            context.set_forkserver_preload(["explorer.engine.fork_server", *_modules(calls)])
            self._pool = ProcessPoolExecutor(self.workers, context, initializer=_begin, initargs=(_settings(),))
        return self._pool

    def close(self) -> None:
        """End the workers, after what they are doing."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _modules(calls: Sequence[Call]) -> list[str]:
    """Return the modules whose functions are called."""
    tasks = [each for _, given in calls for each in given if isinstance(each, Task)]
    return sorted(
        {function.__module__ for function in [*(task.function for task in tasks), *(each for each, _ in calls)]}
    )


def _cancel(futures: dict[Future[Any], int]) -> None:
    for future in futures:
        future.cancel()


def _dying(left: int) -> str:
    return (
        f"Worker processes were killed {DEATHS + 1} times without finishing any of {left} shards; most often memory was short. "
        "What is finished is kept: free memory, or use fewer workers, and start again."
    )


def _settings() -> dict[str, str]:
    """Return what the environment sets of the program."""
    return {name: value for name, value in os.environ.items() if name.startswith("EXPLORER_")}


def _begin(settings: dict[str, str]) -> None:
    """Begin a worker with the settings of the process that asks: the one that forks workers has those of its own beginning."""
    for name in _settings():
        del os.environ[name]
    os.environ.update(settings)
    keep_freed_memory()
    _end_with_parent()


def _end_with_parent() -> None:
    """Let this worker end when the process that began it is gone, also by a kill: it would wait for work forever."""
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
