"""``datasets`` and ``fetch``: what can be had, and having it before it is needed."""

from typing import Annotated, Any

import typer

from explorer.cli.output import JsonOption, ReadOption, plain_errors, reported, show

OTHERS = (
    "Or the path of a folder in ImageFolder layout, a .zip, .tar or .tar.gz of one, a .csv or .jsonl of path and label, "
    "or a folder with Hugging Face's metadata.csv."
)


@plain_errors
def datasets(
    check: Annotated[
        str | None, typer.Option("--check", help="Tell of one what a build would take, and each file that is left out.")
    ] = None,
    read: ReadOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the data sets and whether they are cached; or check one, by its name or path."""
    from explorer.datasets import SOURCES
    from explorer.datasets.choices import joined

    if check is not None:
        return _check(joined(check, read or []), as_json)
    found = [{"name": name, "title": source.title, "cached": source.cached()} for name, source in SOURCES.items()]
    lines = [
        f"{entry['name']:22s} {'cached' if entry['cached'] else 'to fetch':9s} {entry['title']}" for entry in found
    ]
    show({"datasets": found}, as_json, [*lines, OTHERS])
    return None


def _check(name: str, as_json: bool) -> None:
    """Print how many pictures of each class a data set has, and which files are left out."""
    from explorer.datasets import open_dataset
    from explorer.datasets.summary import summarise

    with reported(None) as progress:
        found = summarise(open_dataset(name, progress))
    show(found, as_json, check_lines(found))


def check_lines(found: dict[str, Any]) -> list[str]:
    """Return how a data set was understood, for a terminal: layout, classes, sides, what is left out, what is doubtful."""
    from explorer.datasets.summary import SAID, choosable, doubtful, left_out, understood

    classes = [f"{label}: {sides['train']:,} + {sides['test']:,}" for label, sides in found["classes"].items()]
    (layout, *sides) = understood(found)
    facts = [f"{key}: {said}" for key, said in found["facts"].items() if key not in SAID]
    notice = [found["notice"]] if found["notice"] else []
    return [
        found["title"],
        layout,
        *classes,
        *sides,
        *facts,
        *notice,
        *left_out(found),
        *choosable(found),
        *doubtful(found),
    ]


@plain_errors
def fetch(name: Annotated[str, typer.Argument(help="A data set's name, or a torchvision network's.")]) -> None:
    """Fetch a data set, or the weights of a network, into the cache."""
    from explorer.datasets import SOURCES, open_dataset
    from explorer.models.network_names import check_torchvision

    with reported(None) as progress:
        if name in SOURCES:
            open_dataset(name, progress)
            return
        check_torchvision(name)
        from explorer.models import weights  # torch, for which no refusal of a wrong word waits

        weights.fetch(name, progress)
