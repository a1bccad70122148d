"""kill -9 while a run is refitted, or built again, with edits: no edit is lost, and the next try succeeds."""

import json
import signal

import pytest

from tests.support.homes import furnish

EXCLUDED = list(range(0, 200, 5))


@pytest.fixture
def home(run, tmp_path):
    """A home of its own with the drawn run, and forty edits that were reported as saved."""
    known = run.folder.parents[1]
    furnish(tmp_path, known, run.id)
    (tmp_path / "weights").symlink_to(known / "weights")
    return tmp_path


# A refit has 10 events; a build has 42, and goes on with the λ that it had tried when it was killed.
@pytest.mark.parametrize(
    ("words", "moments"),
    [
        (("edit", "retrain", "--run", "default", "--as", "again"), (0, 2, 4, 6, 8)),
        (("build", "--dataset", "drawn", "--edited", "--run", "again"), (0, 8, 24)),
    ],
    ids=["refit", "build"],
)
def test_a_retraining_that_is_killed_loses_no_edit(explorer, printed, processes, home, words, moments):
    saved = explorer("edit", "exclude", "--train", ",".join(map(str, EXCLUDED)), "--json", home=home)
    assert saved.returncode == 0, saved.stderr
    steps = processes(("commanded", *words), {home: [[moment] for moment in moments]})[0]
    assert [status for [[status, _]] in steps] == [-signal.SIGKILL] * len(moments)
    listed = json.loads(printed("edit", "list", "--json", home=home))
    assert sorted(edit["row"] for edit in listed["edits"]) == EXCLUDED
    done = explorer(*words, "--json", home=home)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["n_train"] == 800 - len(EXCLUDED)
