"""Dask distributed as an engine: a cluster of this machine, or one whose scheduler has an address.

Tasks are sent as they are, and their values come back; no actor, no scattered data, which would die with their worker. TLS and all else of the
connection are Dask's own configuration (``DASK_DISTRIBUTED__COMM__…``, ``~/.config/dask``). Read docs/scaling.md before a port is opened:
a scheduler does what whoever reaches it asks for.
"""

import logging
import queue
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

from explorer.core.errors import ExplorerError, UnavailableError
from explorer.engine.base import Call, Engine

# Seconds until the scheduler must have answered, and a cluster without any worker must have one again (a nanny takes 2 to 4).
CONNECT, WORKERLESS = 20.0, 60.0
# Seconds after which somebody looks whether the scheduler and a worker are still there.
LOOK = 2.0


@dataclass(eq=False)
class DaskCluster(Engine):
    """Workers of a Dask scheduler.

    Attributes:
        address: of the scheduler, ``tcp://HOST:PORT`` or ``tls://HOST:PORT``; empty for a cluster of this machine, one worker a core,
            which is begun with the first call and reached on loopback only.
        count: workers of a cluster of this machine; 0 means one a core.
    """

    name: ClassVar[str] = "dask"
    address: str = ""
    count: int = 0
    _client: Any = field(default=None, init=False, repr=False)

    @property
    def workers(self) -> int:
        """How many tasks run at once, at this moment."""
        return sum(self.client().nthreads().values())

    def client(self) -> Any:
        """Return the connection, made when it is first needed.

        Raises:
            UnavailableError: nobody answers at the address.
            ExplorerError: Dask is not installed.
        """
        if self._client is None:
            self._client = _connected(self.address) if self.address else _started(self.count)
        return self._client

    def calls(self, calls: Sequence[Call]) -> Iterator[tuple[int, Any]]:
        """Yield the place and the value of each call as it ends; those of a worker that is gone are called again on others.

        Raises:
            UnavailableError: the scheduler, or every worker, is gone; what was finished is kept.
            ExplorerError: a call ended its worker again and again.
        """
        if not calls:
            return
        client, ended = self.client(), queue.SimpleQueue[int]()
        self._check_scheduler()
        futures = [client.submit(function, *given, pure=False) for function, given in calls]
        for place, future in enumerate(futures):
            future.add_done_callback(partial(_put, ended, place))
        try:
            for _ in futures:
                place = self._next(ended)
                yield place, self._value(futures[place])
        finally:
            if client.status == "running":
                client.cancel([future for future in futures if not future.done()])
            for future in futures:  # else a worker keeps values until Python collects a circle
                future.release()

    def _next(self, ended: "queue.SimpleQueue[int]") -> int:
        """Return the place of the next call that ended; where none does, look whether anybody is at work."""
        seen = time.monotonic()
        while True:
            try:
                return ended.get(timeout=LOOK)
            except queue.Empty:
                seen = time.monotonic() if self._peopled() else seen
                if time.monotonic() - seen > WORKERLESS:
                    raise UnavailableError(
                        _gone(f"The scheduler {self._where} has had no worker for {WORKERLESS:.0f} s")
                    ) from None

    def _value(self, future: Any) -> Any:
        """Return what a call returned, or raise what it raised."""
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError
        from distributed.comm import CommClosedError

        try:
            return future.result()
        except (FutureCancelledError, CommClosedError) as error:  # a worker's loss is not told so
            raise UnavailableError(_gone(f"The scheduler {self._where} is gone")) from error
        except KilledWorker as error:
            raise ExplorerError(
                f"A shard ended its workers again and again, most often for want of memory; the others are kept ({error})."
            ) from error

    def _peopled(self) -> bool:
        """Return whether the scheduler has a worker."""
        self._check_scheduler()
        with suppress(OSError):  # it went just now, which the next look sees
            return bool(self.client().nthreads())
        return False

    def _check_scheduler(self) -> None:
        if self.client().status != "running":
            raise UnavailableError(_gone(f"The scheduler {self._where} is gone"))

    @property
    def _where(self) -> str:
        return f"at {self.address}" if self.address else "of this machine"

    def close(self) -> None:
        """End the connection, and the cluster where it was begun here."""
        client, self._client = self._client, None
        if client is not None:
            cluster = client.cluster
            client.close()
            if cluster is not None:
                cluster.close()


def _put(ended: "queue.SimpleQueue[int]", place: int, _: Any) -> None:
    ended.put(place)


def _gone(what: str) -> str:
    return f"{what}. What was finished is kept: when scheduler and workers are there again, the same command goes on from it."


def _connected(address: str) -> Any:
    Client = _distributed().Client
    try:
        return Client(address, timeout=CONNECT, set_as_default=False)
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        raise UnavailableError(
            f"No Dask scheduler answers at {address} ({error}). Start one with `dask scheduler`, workers with `dask worker {address}`, "
            "or leave --engine out, which uses processes of this machine."
        ) from error


def _started(count: int) -> Any:
    """Return the connection to a cluster of this machine; its memory is watched by nobody, for mapped files would count."""
    from explorer.engine.processes import cores

    distributed = _distributed()
    cluster = distributed.LocalCluster(
        n_workers=count or cores(),
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address=None,
        memory_limit=0,
        silence_logs=logging.ERROR,
    )
    return distributed.Client(cluster, timeout=CONNECT, set_as_default=False)


def _distributed() -> Any:
    try:
        import distributed
    except ImportError as error:
        raise ExplorerError(
            f"--engine dask needs distributed ({error}); run pip install 'influence-explorer[dask]'."
        ) from error
    return distributed
