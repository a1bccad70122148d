"""What every command does alike: JSON alone on standard output, one sentence and status 2 for bad input."""

import functools
import inspect
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec, TypeVar

import typer

from explorer.core.errors import ExplorerError, sentence, unknown
from explorer.runs.whole_network.methods import METHODS as WHOLE_METHODS

if TYPE_CHECKING:
    from explorer.core.progress import Progress

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]
JobOption = Annotated[str | None, typer.Option("--job", hidden=True)]
ReadOption = Annotated[
    list[str] | None,
    typer.Option("--read", help="How to read the data, KEY=VALUE: path, label, split, test, folder, classes."),
]
RunOption = Annotated[str, typer.Option("--run", help="A run's name or id.")]
TrustedOption = Annotated[
    str,
    typer.Option("--trusted", help="Test images whose labels are trusted: all, even, marked, or a file of indices."),
]

# The estimators in the order of their menu, without loading any of them; a test holds them equal to ESTIMATORS.
METHODS = (
    "newton",
    "influence",
    "influence-cg",
    "influence-lissa",
    "relatif",
    "tracin",
    "graddot",
    "gradcos",
    "representer",
    "similarity",
)

P = ParamSpec("P")
R = TypeVar("R")


def plain_errors(command: Callable[P, R]) -> Callable[P, R]:
    """Let ``command`` end with status 2 and one sentence on standard error where a person can mend what is wrong."""

    @functools.wraps(command)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except (ExplorerError, FileNotFoundError) as error:
            print(f"Error: {sentence(error)}", file=sys.stderr)
            raise typer.Exit(2) from error

    return checked


def on_run(command: Callable[P, R]) -> Callable[P, R]:
    """Let a command on a finished run refuse an unknown run, method or class before anything is loaded; else as :func:`plain_errors`."""
    signature = inspect.signature(command)

    @plain_errors
    @functools.wraps(command)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        given = signature.bind(*args, **kwargs)
        given.apply_defaults()
        _check_words(given.arguments)
        return command(*args, **kwargs)

    return checked


def _check_words(given: Mapping[str, Any]) -> None:
    """Raise where a word on the command line names no run, no method, or no class of the run."""
    from explorer.runs.store import class_names_of, resolve  # NumPy alone

    run_id = resolve(given["run"]) if given["run"] is not None else ""
    for option, known in (("method", METHODS), ("any_method", (*METHODS, *WHOLE_METHODS))):
        if given.get(option) not in (None, *known):
            raise unknown("method", given[option], list(known))
    for option in ("target_class", "misclassified", "to"):
        if given.get(option) is not None and (names := class_names_of(run_id)) and given[option] not in names:
            raise unknown("class", given[option], names)


def indices(text: str, option: str) -> list[int]:
    """Return the whole numbers of ``I,J,K``.

    Raises:
        ExplorerError: something else was given for ``option``.
    """
    try:
        return [int(part) for part in text.split(",")]
    except ValueError as error:
        message = f"{option} is {text!r}; give whole numbers with commas between them, such as 3,14,15."
        raise ExplorerError(message) from error


@contextmanager
def reported(job: str | None) -> Iterator["Progress"]:
    """Yield whom a command tells how far it is: the row of the job it is, else the terminal; a job is then done.

    A job that is over lets the next one begin, also where no server is there any more.
    """
    from explorer.core.progress import Terminal

    if job:
        with _as_job(job) as reporter:
            yield reporter
        return
    terminal = Terminal()
    try:
        yield terminal
    finally:
        terminal.close()


@contextmanager
def _as_job(job: str) -> Iterator["Progress"]:
    from explorer.runs import jobs

    reporter = jobs.Reporter(job)
    try:
        yield reporter
        reporter.finish()
    except (ExplorerError, FileNotFoundError) as error:
        with suppress(ExplorerError):  # a full disk; whoever looks at the job next finds that it ended
            reporter.fail(sentence(error))
        raise
    finally:
        with suppress(ExplorerError):  # whoever looks at the queue next begins the next one
            jobs.advance()


def show(result: dict[str, Any], as_json: bool, lines: list[str]) -> None:
    """Print ``result`` as one JSON object, or ``lines`` for a person."""
    print(json.dumps(result, ensure_ascii=False, allow_nan=False) if as_json else "\n".join(lines))
