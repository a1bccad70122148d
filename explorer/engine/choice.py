"""Which engine a word means; nothing is begun, and Dask is not loaded before it is used."""

from explorer.core.errors import ExplorerError
from explorer.engine.base import Engine
from explorer.engine.dask_cluster import DaskCluster
from explorer.engine.processes import Processes

# Beginnings of the addresses of schedulers.
SCHEMES = ("tcp://", "tls://")


def engine_of(word: str) -> Engine:
    """Return the engine that ``--engine`` names: ``processes``, ``dask``, ``tcp://HOST:PORT`` or ``tls://HOST:PORT``.

    Raises:
        ExplorerError: it names none.
    """
    if word == Processes.name:
        return Processes()
    if word == DaskCluster.name:
        return DaskCluster()
    if word.startswith(SCHEMES) and ":" in word.partition("://")[2]:
        return DaskCluster(word)
    raise ExplorerError(
        f"There is no engine {word!r}; choose processes (of this machine), dask (a cluster on this machine), or the address of a Dask "
        "scheduler, tcp://HOST:PORT or tls://HOST:PORT."
    )
