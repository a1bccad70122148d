"""Influence maps are computed in a separate process, which keeps the networks until it has been idle: torch stays out of the server.

The process reads one pair a line and answers each with one line, both JSON (:func:`serve_pairs`); a line that names a run alone
opens that run, and has no answer.
"""

import base64
import json
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any

from explorer.core.errors import ExplorerError
from explorer.core.resources import PACKAGE

# A page that shows pairs asks again and again to keep it; what nobody looks at for minutes, they can wait four seconds for.
IDLE_SECONDS = 180.0
# The largest network takes half a minute to load on a slow disk; what takes longer has come to a stop.
MOST_SECONDS = 120.0
DIED = "The process that looks where a score lies ended; perhaps memory ran out. Try again."
Process = subprocess.Popen[bytes]
Pair = dict[str, Any]


class MapWorker:
    """One process for all runs: torch and a network take up to 600 MB. Questions are answered one after the other."""

    def __init__(self, command: tuple[str, ...] = (sys.executable, "-m", "explorer", "where", "--run")) -> None:
        """Take the command that the id of the run is added to which it opens first; nothing is started yet."""
        self.command = command
        self._lock = threading.Lock()
        self._process: Process | None = None

    def prepare(self, run_id: str) -> None:
        """Start the process where none waits, let it open a run, and wait longer; one that answers is left in peace."""
        if self._lock.acquire(blocking=False):
            try:
                with suppress(OSError):  # it has just left
                    self._told(run_id, {})
            finally:
                self._lock.release()

    def layers(self, run_id: str, pair: Pair) -> dict[str, bytes]:
        """Return the PNG of each side (:func:`explorer.runs.influence_maps.maps.score_layers`).

        Args:
            run_id: of the run.
            pair: ``{"test": row, "train": row, "target": class or None}``.

        Raises:
            ExplorerError: the run or its head has no such maps, or the process died.
        """
        with self._lock:
            answer = self._asked(run_id, pair) or self._asked(
                run_id, pair
            )  # the process that waited may just have left
        if not answer:
            raise ExplorerError(DIED)
        found = json.loads(answer)
        if "error" in found:
            raise ExplorerError(found["error"])
        return {side: base64.b64decode(content) for side, content in found.items()}

    def _asked(self, run_id: str, pair: Pair) -> bytes:
        """Return the process's line on a pair; nothing where it ended, or has come to a stop and was ended."""
        try:
            line = _line(self._told(run_id, pair).stdout, MOST_SECONDS)
        except OSError:
            line = b""
        if not line:
            self.end()
        return line

    def _told(self, run_id: str, pair: Pair) -> Any:
        process = self._ready(run_id)
        process.stdin.write(json.dumps({"run": run_id, **pair}).encode() + b"\n")
        process.stdin.flush()
        return process

    def _ready(self, run_id: str) -> Any:
        """Return the process, started where it does not run; it opens this run first then."""
        if self._process is None or self._process.poll() is not None:
            self.end()
            self._process = subprocess.Popen(
                [*self.command, run_id], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=PACKAGE.parent
            )
            threading.Thread(target=self._process.wait, daemon=True).start()  # nothing is left of one that leaves
        return self._process

    def end(self) -> None:
        """End the process, where there is one."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def _line(stream: IO[bytes], seconds: float) -> bytes:
    """Return the next line of a pipe; nothing where it ends, or where none comes in time."""
    give_up, line = time.monotonic() + seconds, b""
    while not line.endswith(b"\n"):
        if not select.select([stream], [], [], max(0.0, give_up - time.monotonic()))[0]:
            return b""
        part = os.read(stream.fileno(), 1 << 20)
        if not part:
            return b""
        line += part
    return line


def serve_pairs(answer: Callable[[Pair], dict[str, bytes]], open_run: Callable[[str], object]) -> None:
    """Answer the pairs on standard input, one a line, until no line has come for ``IDLE_SECONDS`` or the input ends.

    Args:
        answer: returns the PNG of each side of a pair, whose ``run`` is the run's id.
        open_run: called with the run's id of a line that names no pair.
    """
    # Not through a buffer: a line that waits in one would not be seen by select.
    with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as pairs:
        while select.select([pairs], [], [], IDLE_SECONDS)[0] and (line := pairs.readline()):
            pair = json.loads(line)
            if "test" in pair:
                print(json.dumps(_answered(pair, answer)), flush=True)
            else:
                with suppress(ExplorerError, OSError):  # what is wrong with the run is the answer to each pair
                    open_run(pair["run"])


def _answered(pair: Pair, answer: Callable[[Pair], dict[str, bytes]]) -> dict[str, str]:
    try:
        return {side: base64.b64encode(content).decode() for side, content in answer(pair).items()}
    except (ExplorerError, OSError) as error:
        return {"error": str(error)}
