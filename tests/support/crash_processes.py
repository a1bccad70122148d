"""Processes that are killed at chosen moments, seen from a test: how they ended, what they computed, and what lies in their homes."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

from explorer.core.files import UNFINISHED

ROOT = Path(__file__).parents[2]
# What tells of times, or of the figures beside it, in a file of JSON.
TIMES = ("seconds", "peak", "checksum")


@contextmanager
def crashing(script, errors):
    """Yield what asks a worker of ``tests/support`` for a work in some homes: how every process of every step of every home ended, and its events."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command, pipe = [sys.executable, str(ROOT / "tests/support" / script)], subprocess.PIPE
    with (
        errors.open("w") as file,
        subprocess.Popen(
            command, env=environment, stdin=pipe, stdout=pipe, stderr=file, text=True, bufsize=1
        ) as worker,
    ):

        def call(work, homes):
            asked = {"work": [work[0], *map(str, work[1:])], "homes": {str(home): homes[home] for home in homes}}
            worker.stdin.write(json.dumps(asked) + "\n")
            answer = worker.stdout.readline()
            assert answer, errors.read_text()
            ends = json.loads(answer)
            states = {status for steps in ends.values() for step in steps for status, _ in step}
            assert states <= {0, -signal.SIGKILL}, errors.read_text()
            return [ends[str(home)] for home in homes]

        yield call
        worker.stdin.close()
        assert worker.wait() == 0, errors.read_text()


def computed(home):
    """How many of what was computed in a home, by all its processes together."""
    found = Counter()
    for line in (home / "computed").read_text().splitlines():
        what, count = json.loads(line)
        found[what] += count
    return found


def results(home, folders=("runs", "data")):
    """What lies in some folders of a home, by its path: hashes, without what tells of times."""
    found = {}
    for path in home.rglob("*"):
        if path.is_file() and not path.name.startswith(".") and path.relative_to(home).parts[0] in folders:
            content = path.read_bytes()
            if path.suffix == ".json":
                content = json.dumps(_timeless(json.loads(content)), sort_keys=True).encode()
            found[str(path.relative_to(home))] = hashlib.sha256(content).hexdigest()
    return {path: content for path, content in found.items() if "/checks/" not in path}


def _timeless(value):
    if isinstance(value, dict):
        return {key: _timeless(each) for key, each in value.items() if not key.startswith(TIMES)}
    return value


def left_over(home):
    """Unfinished files and folders in a home."""
    return [
        path
        for path in home.rglob(".*")
        if UNFINISHED.fullmatch(path.name) or path.name.startswith((".work", ".again"))
    ]
