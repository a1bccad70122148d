"""The command line: in the tests' own process, which saves starting Python and loading torch, or in one of its own."""

import contextlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from typer.testing import CliRunner

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Answer:
    """What a command ended with, named as :func:`subprocess.run` names it."""

    returncode: int
    stdout: str
    stderr: str


def answered(*words, home=None):
    """What ``python -m explorer`` answers to these words; an error that it does not turn into a sentence is raised.

    What the command changes of the environment is forgotten afterwards, as it is when a process ends.
    """
    from explorer.__main__ import program

    with contextlib.chdir(ROOT), patch.dict(os.environ, {"EXPLORER_HOME": str(home)} if home else {}):
        found = CliRunner().invoke(
            program, list(map(str, words)), prog_name="python -m explorer", catch_exceptions=False
        )
    return Answer(found.exit_code, found.stdout, found.stderr)


def process(*words, home=None):
    """The same by a process of its own."""
    environment = os.environ | ({"EXPLORER_HOME": str(home)} if home else {})
    command = [sys.executable, "-m", "explorer", *map(str, words)]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
