"""``--engine``: what runs the work over shards."""

from typing import Annotated

import typer

EngineOption = Annotated[
    str,
    typer.Option(
        "--engine",
        help="What works on shards: processes, dask (a cluster here), or a Dask scheduler's tcp://HOST:PORT.",
    ),
]
# Of the standard library, nothing to install.
DEFAULT = "processes"
