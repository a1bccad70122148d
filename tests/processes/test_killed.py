"""kill -9 while a run is refitted, or built again, with edits: no edit is lost, and the next try succeeds.

Slow, because a refit and a build are killed at five moments each, up to 2.5 seconds after their start.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.homes import furnish

ROOT = Path(__file__).parents[2]
# From before the data are open until about the end: a refit of 800 pictures took 2 to 4 s with its start, a build 4 to 16.
MOMENTS = (0.5, 1.0, 1.5, 2.0, 2.5)
EXCLUDED = list(range(0, 200, 5))


@pytest.fixture
def home(run, tmp_path):
    """A home of its own with the drawn run, and forty edits that were reported as saved."""
    known = run.folder.parents[1]
    furnish(tmp_path, known, run.id)
    (tmp_path / "weights").symlink_to(known / "weights")
    return tmp_path


def killed_at(moment, home, *words):
    """Start a command and kill it at this moment; whether it was still at work."""
    command = [sys.executable, "-m", "explorer", *words]
    environment = os.environ | {"EXPLORER_HOME": str(home)}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        process.wait(timeout=moment)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True
    return False


@pytest.mark.parametrize(
    "words",
    [
        ("edit", "retrain", "--run", "default", "--as", "again"),
        ("build", "--dataset", "drawn", "--edited", "--run", "again"),
    ],
    ids=["refit", "build"],
)
def test_a_retraining_that_is_killed_loses_no_edit(explorer, printed, home, words):
    saved = explorer("edit", "exclude", "--train", ",".join(map(str, EXCLUDED)), "--json", home=home)
    assert saved.returncode == 0, saved.stderr
    interrupted = [killed_at(moment, home, *words) for moment in MOMENTS]
    assert interrupted[0]
    listed = json.loads(printed("edit", "list", "--json", home=home))
    assert sorted(edit["row"] for edit in listed["edits"]) == EXCLUDED
    done = explorer(*words, "--json", home=home)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["n_train"] == 800 - len(EXCLUDED)
