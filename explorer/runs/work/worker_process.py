"""The process of a job: started below the pages, reaped when it ends, stopped and continued."""

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from explorer.core import home
from explorer.core.files import readable_errors
from explorer.core.resources import PACKAGE
from explorer.runs.edits import edit_scope
from explorer.runs.work.job import Job

# A worker yields to the pages, which must answer within 300 ms while it computes; what nobody asked for yields to everything.
NICE, NICE_BACKGROUND = 10, 19
# Work that nobody asked for has one thread, so that the other cores stay free.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1")
# The process of the server that does something unasked; where it is gone, nobody wants that any more.
PARENT, LOOK_SECONDS = "EXPLORER_PARENT", 1.0
SILENT = "It ended without a word: it was killed, or the disk was full."

_children: dict[str, "subprocess.Popen[bytes]"] = {}


def spawn(job: Job, ended: Callable[[], None]) -> int:
    """Start the process of a job and return its id; ``ended`` is called, in a thread, soon after the process has ended.

    Raises:
        ExplorerError: the disk is full or cannot be written.
    """
    log = log_of(job.id)
    with readable_errors(log.parent):
        log.parent.mkdir(exist_ok=True)
        with log.open("w") as stream:
            process = subprocess.Popen(
                [sys.executable, "-m", "explorer", *job.argv, "--job", job.id, "--json"],
                stdout=subprocess.DEVNULL,
                stderr=stream,
                cwd=PACKAGE.parent,
                env=_environment(job),
                # What nobody asked for stays in the server's session: where the server is killed while it stands still, the system
                # ends it, as a stopped process that nobody can continue.
                start_new_session=not job.background,
                process_group=0 if job.background else None,
                preexec_fn=lambda: _lower(NICE_BACKGROUND if job.background else NICE),
            )
    pid, _children[job.id] = process.pid, process
    threading.Thread(target=_reap, args=(job.id, process, ended), daemon=True).start()
    return pid


def _environment(job: Job) -> dict[str, str]:
    with edit_scope.as_owner(job.owner):
        return edit_scope.environment() | (ONE_THREAD | {PARENT: str(os.getpid())} if job.background else {})


def end_with_parent(still_unasked: Callable[[], bool]) -> None:
    """Let this process end soon after the server that began it unasked is gone, also by force.

    Args:
        still_unasked: whether nobody has asked for the work meanwhile; what a person asked for goes on.
    """
    parent = os.environ.get(PARENT)
    if parent:
        threading.Thread(target=_watch, args=(int(parent), still_unasked), daemon=True).start()


def _watch(parent: int, still_unasked: Callable[[], bool]) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    if still_unasked():
        os.kill(os.getpid(), signal.SIGTERM)


def _lower(priority: int) -> None:
    """Give this process a priority; one that began the next job has a low one already."""
    os.nice(max(0, priority - os.nice(0)))


def _reap(job: str, process: "subprocess.Popen[bytes]", ended: Callable[[], None]) -> None:
    """Wait for a process, so that no zombie stays whoever looks or not."""
    where = home.root()
    process.wait()
    if home.root() == where:  # a test moves from home to home
        ended()
    _children.pop(job, None)


def children() -> set[str]:
    """Return the jobs whose processes this process started and has not reaped yet."""
    return set(_children)


def discard(job: str) -> None:
    """Kill a process whose row could not be written."""
    if job in _children:
        _children[job].kill()


def alive(job: Job) -> bool:
    """Return whether the process of a job runs; one that has ended and is not reaped yet does not."""
    if job.id in _children:
        return _children[job.id].poll() is None
    try:
        return job.id.encode() in Path(f"/proc/{job.pid}/cmdline").read_bytes()
    except OSError:
        return False


def stop(job: Job) -> None:
    """End the process of a job, also one that stands still."""
    if job.pid and alive(job):
        with suppress(ProcessLookupError):
            os.kill(job.pid, signal.SIGTERM)
            os.kill(job.pid, signal.SIGCONT)  # a process that stands still hears nothing else


def pause(job: Job) -> bool:
    """Let the process of a job stand still, but never while it writes a row: nobody else could write one then.

    Returns:
        Whether it stands still; else it is writing, for some milliseconds.
    """
    with _row_lock(job.id, fcntl.LOCK_EX | fcntl.LOCK_NB) as held, suppress(ProcessLookupError):
        if held:
            os.kill(job.pid, signal.SIGSTOP)
    return held


def go_on(job: Job) -> None:
    """Let the process of a job that stands still go on."""
    if job.pid:
        with suppress(ProcessLookupError):
            os.kill(job.pid, signal.SIGCONT)


@contextmanager
def writing_row(job: str) -> Iterator[None]:
    """Hold what keeps a job's process from being paused: some milliseconds."""
    with _row_lock(job, fcntl.LOCK_EX):
        yield


@contextmanager
def _row_lock(job: str, how: int) -> Iterator[bool]:
    """Yield whether the lock of a job's row could be taken; one without a log has none, and is not paused."""
    try:
        descriptor = os.open(log_of(job), os.O_RDONLY)
    except OSError:
        yield False
        return
    try:
        yield _flock(descriptor, how)
    finally:
        os.close(descriptor)


def _flock(descriptor: int, how: int) -> bool:
    with suppress(OSError):
        fcntl.flock(descriptor, how)
        return True
    return False


def last_words(job: str) -> str:
    """Return why a process ended, by the last line of its log."""
    log = log_of(job)
    words = log.read_text(errors="replace").strip().splitlines() if log.is_file() else []
    return words[-1].removeprefix("Error: ") if words else SILENT


def log_of(job: str) -> Path:
    """Return the path of what a job writes to standard error."""
    return home.root() / "jobs" / f"{job}.log"
