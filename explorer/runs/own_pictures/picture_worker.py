"""External images are decoded and embedded in a separate process: torch stays out of the server, and bytes that crash a decoder crash no page.

The image goes there and its features come back through pipes, so it is never written to a file, however the process ends.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable

from explorer.core.errors import ExplorerError
from explorer.core.resources import PACKAGE
from explorer.runs.own_pictures.external_image import ExternalImage, check_bytes, reference_size
from explorer.runs.run import Run

# torch and a network take up to 600 MB and a core: more than two at once would slow down every page.
AT_ONCE = 2
# The largest network takes half a minute to load on a slow disk; what takes longer has come to a stop.
MOST_SECONDS = 120.0
# Seconds between two signs of life on the page.
LOOK_SECONDS = 0.2
ERROR = "Error: "
Process = subprocess.Popen[bytes]
_places = threading.BoundedSemaphore(AT_ONCE)
_lock = threading.Lock()
_spare: dict[tuple[str, str], Process] = {}


def prepare(run: Run) -> None:
    """Start the process that looks at the next picture, so that it has loaded the network by then; it waits some minutes."""
    key = _key(run)
    with _lock:
        known = _spare.get(key)
        if known is not None and known.poll() is None:
            return
        for process in _spare.values():
            process.kill()
            process.wait()
        _spare.clear()
        _spare[key] = _started(key)


def embed(run: Run, content: bytes, waiting: Callable[[float], object] = lambda _: None) -> ExternalImage:
    """Return an image with its features under the run's network, computed in the separate process.

    Args:
        run: whose network is used.
        content: bytes of a file.
        waiting: told the seconds that have passed, several times a second; where it raises, the process ends.

    Raises:
        ExplorerError: the bytes are no picture, the network cannot be had, or the process died.
    """
    check_bytes(content)
    begun = time.monotonic()
    while not _places.acquire(timeout=LOOK_SECONDS):
        waiting(time.monotonic() - begun)
    try:
        return _embedded(run, content, lambda: waiting(time.monotonic() - begun))
    finally:
        _places.release()


def _embedded(run: Run, content: bytes, waiting: Callable[[], object]) -> ExternalImage:
    answer, errors, status = _answer(_taken(_key(run)), content, waiting)
    if status == 0 and not answer:  # the process that waited had just left
        answer, errors, status = _answer(_started(_key(run)), content, waiting)
    if status == 0:
        return ExternalImage.from_dict(json.loads(answer))
    sentences = [line for line in errors.decode(errors="replace").splitlines() if line.startswith(ERROR)]
    if sentences:
        raise ExplorerError(sentences[-1].removeprefix(ERROR))
    raise ExplorerError(
        f"The process that looked at this picture died (status {status}); perhaps memory ran out. Try again, or a smaller picture."
    )


def _answer(process: Process, content: bytes, waiting: Callable[[], object]) -> tuple[bytes, bytes, int]:
    """Return a process's answer on a picture, its error output and its exit status."""
    try:
        answer, errors = _talk(process, content, waiting)
    finally:
        process.kill()
        process.wait()
    return answer, errors, process.returncode


def _talk(process: Process, content: bytes, waiting: Callable[[], object]) -> tuple[bytes, bytes]:
    """Return a process's answer on a picture and its error output."""
    give_up = time.monotonic() + MOST_SECONDS
    given: bytes | None = content
    while time.monotonic() < give_up:
        try:
            return process.communicate(given, timeout=LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            given = None  # it is on its way, and may not be given twice
            waiting()
    raise ExplorerError(
        f"Looking at this picture took more than {MOST_SECONDS:.0f} s and was stopped; try again, or a smaller picture."
    )


def _key(run: Run) -> tuple[str, str]:
    return run.id, "x".join(map(str, reference_size(run)))


def _taken(key: tuple[str, str]) -> Process:
    """Return the process that waits for this run's next picture, or a new one."""
    with _lock:
        known = _spare.pop(key, None)
    return known if known is not None and known.poll() is None else _started(key)


def _started(key: tuple[str, str]) -> Process:
    run_id, size = key
    return subprocess.Popen(
        [sys.executable, "-m", "explorer", "see", "--run", run_id, "--beside", size],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=PACKAGE.parent,
    )
