"""Processes that write edits, each a fork of one that has imported what they need; they report every edit once it is saved, as a screen does.

``python edit_writers.py`` answers each line of JSON (the arguments of :func:`written`) with the process id of a writer.
"""

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).parents[2]
DATA, END = "d" * 64, "end\n"


@dataclass(frozen=True)
class Writer:
    """A process that writes edits, and its reports: the number of each edit, and a last line once all are saved."""

    process: int
    reports: TextIO

    def kill(self):
        os.kill(self.process, signal.SIGKILL)


@contextmanager
def writers():
    """Yield what begins writers, all of one home, whose reports lie beside it: one for each author, of ``count`` edits."""
    command, pipe = [sys.executable, "-m", "tests.support.edit_writers"], subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, text=True, bufsize=1, stdin=pipe, stdout=pipe) as parent:

        def begun(home, count, authors):
            places, processes = [home.parent / author for author in authors], []
            for author, place in zip(authors, places, strict=True):
                os.mkfifo(place)
                parent.stdin.write(json.dumps([author, count, str(home), str(place)]) + "\n")
                processes.append(int(parent.stdout.readline()))
            return [Writer(*one) for one in zip(processes, map(open, places), strict=True)]

        yield begun
        parent.stdin.close()


def written(author, count, home, told):
    """Save edits of an author, one after the other, and tell of each."""
    from explorer.runs.edits.edit_log import Change, record

    os.environ["EXPLORER_HOME"] = home
    with open(told, "w", buffering=1) as reports:
        for row in range(count):
            found = record(DATA, [Change("train", row, "relabel", "dog")], author)
            reports.write(f"{found[0].id}\n")
        reports.write(END)


def serve():
    """Answer each line of standard input."""
    import explorer.runs.edits.edit_log

    assert explorer.runs.edits.edit_log
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # a writer has ended when nobody can report any more
    for line in sys.stdin:
        child = os.fork()
        if not child:
            try:
                written(*json.loads(line))
            finally:
                os._exit(0)
        print(child, flush=True)


if __name__ == "__main__":
    serve()
