"""What every command does alike: JSON alone on standard output, one sentence and status 2 for bad input."""

import functools
import json
import sys
from collections.abc import Callable
from typing import Annotated, Any, ParamSpec, TypeVar

import typer

from explorer.errors import ExplorerError

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]
RunOption = Annotated[str, typer.Option("--run", help="A run's name or id.")]

P = ParamSpec("P")
R = TypeVar("R")


def plain_errors(command: Callable[P, R]) -> Callable[P, R]:
    """Let ``command`` end with status 2 and one sentence on standard error where a person can mend what is wrong."""

    @functools.wraps(command)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except ExplorerError as error:
            print(f"Error: {error}", file=sys.stderr)
            raise typer.Exit(2) from error

    return checked


def show(result: dict[str, Any], as_json: bool, lines: list[str]) -> None:
    """Print ``result`` as one JSON object, or ``lines`` for a person."""
    print(json.dumps(result, ensure_ascii=False, allow_nan=False) if as_json else "\n".join(lines))
