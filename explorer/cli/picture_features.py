"""``see``: what a run's network makes of one picture on standard input; the pages ask it, in a process of its own."""

import select
import sys
from typing import Annotated

import typer

from explorer.cli.output import RunOption, plain_errors, show

# A person who has not chosen a picture after so many seconds will not miss the three that loading takes.
IDLE_SECONDS = 180.0


@plain_errors
def see(
    run: RunOption,
    beside: Annotated[str, typer.Option(help="Width x height of the run's pictures.")],
) -> None:
    """Read one picture from standard input and print its features, as JSON; leave where none comes."""
    from explorer.runs.network_view import view_of
    from explorer.runs.own_pictures.external_image import embed as look
    from explorer.runs.run import Run
    from explorer.runs.store import load_manifest, resolve, run_folder

    run_id = resolve(run)
    view = view_of(Run(run_folder(run_id), load_manifest(run_id)))  # whoever asks has compared all checksums
    if not select.select([sys.stdin], [], [], IDLE_SECONDS)[0]:
        raise typer.Exit
    width, _, height = beside.partition("x")
    show(look(view, sys.stdin.buffer.read(), (int(width), int(height))).to_dict(), True, [])
