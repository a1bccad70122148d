"""``python -m explorer``: the work of the app without a browser."""

import typer

from explorer.cli.app import app as serve
from explorer.cli.build import build, preflight
from explorer.cli.check import check
from explorer.cli.datasets import datasets, fetch
from explorer.cli.edit import edit
from explorer.cli.experiment import experiment
from explorer.cli.explain import explain
from explorer.cli.export import export
from explorer.cli.influence_maps import where
from explorer.cli.kept_files import pictures, uploads
from explorer.cli.open import open_
from explorer.cli.picture_features import see
from explorer.cli.repair import repair
from explorer.cli.replay_basis import replay_basis
from explorer.cli.report import report
from explorer.cli.results import audit, cleaning, duplicates, groups, map_
from explorer.cli.smoothness import smoothness
from explorer.cli.verification import flip, retrain, trust, verify

program = typer.Typer(
    help="Which training images are behind an image classifier's mistakes, and is that explanation true?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (
    build,
    preflight,
    explain,
    verify,
    flip,
    retrain,
    trust,
    smoothness,
    audit,
    cleaning,
    groups,
    duplicates,
    check,
    repair,
    replay_basis,
    experiment,
    export,
    report,
    datasets,
    fetch,
    uploads,
    pictures,
):
    program.command()(command)
program.command("app")(serve)
program.command("open")(open_)
program.add_typer(edit, name="edit")
program.command("map")(map_)
program.command(hidden=True)(see)
program.command(hidden=True)(where)


def main() -> None:
    """Run the command ``influence-explorer`` of an installed package."""
    program(prog_name="influence-explorer")


if __name__ == "__main__":
    program(prog_name="python -m explorer")
