"""How far a job is, told by its own process into its row."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from explorer.core.errors import ExplorerError
from explorer.runs.database import reading
from explorer.runs.work import durations, table
from explorer.runs.work.job import Job
from explorer.runs.work.whole_progress import END, WholeProgress
from explorer.runs.work.worker_process import end_with_parent, writing_row

# Seconds between two writes of a worker's progress: often enough to look alive, seldom enough to cost nothing.
WRITE_SECONDS = 0.25
# Seconds after which a stage that says nothing is written again, nearer to its end.
TICK_SECONDS = 1.0
# No job is believed to have waited longer than this for its first line: the clock was set.
LONGEST_START = 60.0


@dataclass
class Reporter:
    """Progress into the job's row: of its stage, of the whole work, and how long that still takes."""

    job: str
    last: float = float("-inf")
    curve: list[list[float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Look up what is being done and how long it is expected to take, and begin to tell also what says nothing."""
        with reading() as connection:
            self.row = table.by_id(connection, self.job)
        # what stands still while people click does not age meanwhile
        self._clock: Callable[[], float] = time.process_time if self.row and self.row.background else time.monotonic
        self.whole = _begun(self.row, self._clock())
        self._lock, self._over = threading.Lock(), threading.Event()
        if self.row and self.row.background:
            end_with_parent(self._is_unasked)
        if self.whole.expected:
            threading.Thread(target=self._tick, daemon=True).start()

    def __call__(self, stage: str, done: float, total: float, figures: Mapping[str, float] = {}) -> None:
        """Write how far the work is, at most every ``WRITE_SECONDS``."""
        if "loss" in figures:
            self.curve.append([round(done, 4), round(figures["loss"], 5)])
        with self._lock:
            self.whole.see(stage, done, total, self._clock())
            if time.monotonic() - self.last >= WRITE_SECONDS or done >= total:
                self._tell(stage=stage, done=done, total=total, curve=json.dumps(self.curve))

    def _is_unasked(self) -> bool:
        """Return whether nobody has asked for the work since it began."""
        with reading() as connection:
            row = table.by_id(connection, self.job)
        return row is None or row.background

    def _tick(self) -> None:
        while not self._over.wait(TICK_SECONDS):
            with self._lock, suppress(ExplorerError):  # a full disk is told by the work itself
                if time.monotonic() - self.last >= TICK_SECONDS and not self._over.is_set():
                    self.whole.tick(self._clock())
                    self._tell()

    def _tell(self, **changes: Any) -> None:
        self.last, left = time.monotonic(), self.whole.left
        known = {"whole": round(self.whole.share, 4), "left": None if left is None else round(left, 1)}
        self._write(known, message=time_left(left), updated=time.time(), **changes)

    def finish(self) -> None:
        """Say that the work is done, and keep how long its stages took."""
        self._over.set()
        with self._lock:
            self.whole.see(END, 1, 1, self._clock())
            self._write(
                {"whole": 1.0, "left": 0.0},
                state="done",
                stage="Done",
                done=1.0,
                total=1.0,
                message="",
                updated=time.time(),
            )
        took = {stage: spent for stage, spent in self.whole.took.items() if stage and stage not in self.whole.resumed}
        if self.row and set(took) - {END}:
            with suppress(ExplorerError):  # a full disk: the next estimate is a worse one
                durations.learn(self.row.kind, self.row.name, self.row.argv, self.row.background, took)

    def fail(self, message: str) -> None:
        """Say why the work ended."""
        self._over.set()
        with self._lock:
            self._write(state="failed", message=message, updated=time.time())

    def _write(self, known: dict[str, Any] | None = None, **changes: Any) -> None:
        with writing_row(self.job):
            table.update(self.job, known, **changes)


def _begun(row: Job | None, now: float) -> WholeProgress:
    """Return the progress of a job whose process has just started to work; ``now`` by its clock."""
    if row is None:
        return WholeProgress({}, now, now)
    waited = min(LONGEST_START, max(0.0, time.time() - row.started))
    expected = durations.expected(row.kind, row.name, row.argv, row.background)
    return WholeProgress(expected, 0.0 if row.background else now - waited, now, share=row.whole or 0.0)


def time_left(seconds: float | None) -> str:
    """Return how long a work still takes, in words; nothing where that is not known."""
    if seconds is None:
        return ""
    return f"about {max(1, round(seconds))} s left" if seconds < 90 else f"about {seconds / 60:.0f} min left"
