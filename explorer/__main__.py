"""``python -m explorer``: the work of the app without a browser."""

import typer

from explorer.commands.app import app as serve
from explorer.commands.audit import audit
from explorer.commands.build import build
from explorer.commands.cleaning import cleaning
from explorer.commands.duplicates import duplicates
from explorer.commands.edit import edit
from explorer.commands.experiment import experiment
from explorer.commands.explain import explain
from explorer.commands.export import export
from explorer.commands.groups import groups
from explorer.commands.map import map_
from explorer.commands.preflight import preflight
from explorer.commands.prove import flip, retrain, trust, verify
from explorer.commands.repair import repair
from explorer.commands.report import report
from explorer.commands.see import see
from explorer.commands.sources import datasets, fetch

program = typer.Typer(
    help="Which training images taught an image classifier its mistakes, and is that explanation true?",
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
    audit,
    cleaning,
    groups,
    duplicates,
    repair,
    experiment,
    export,
    report,
    datasets,
    fetch,
):
    program.command()(command)
program.command("app")(serve)
program.add_typer(edit, name="edit")
program.command("map")(map_)
program.command(hidden=True)(see)

if __name__ == "__main__":
    program(prog_name="python -m explorer")
