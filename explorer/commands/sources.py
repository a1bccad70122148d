"""``datasets`` and ``fetch``: what can be had, and having it before it is needed."""

from typing import Annotated

import typer

from explorer.commands.output import JsonOption, plain_errors, show


@plain_errors
def datasets(as_json: JsonOption = False) -> None:
    """List the data sets and whether they are cached."""
    from explorer.datasets import SOURCES

    found = [{"name": name, "title": source.title, "cached": source.cached()} for name, source in SOURCES.items()]
    lines = [
        f"{entry['name']:22s} {'cached' if entry['cached'] else 'to fetch':9s} {entry['title']}" for entry in found
    ]
    show({"datasets": found}, as_json, [*lines, "Any folder in ImageFolder layout can be given by its path."])


@plain_errors
def fetch(name: Annotated[str, typer.Argument(help="A data set's name, or a torchvision network's.")]) -> None:
    """Fetch a data set, or the weights of a network, into the cache."""
    from explorer.datasets import SOURCES, open_dataset
    from explorer.models import weights
    from explorer.progress import Terminal

    if name in SOURCES:
        open_dataset(name, Terminal())
    else:
        weights.fetch(name, Terminal())
