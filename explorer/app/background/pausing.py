"""What nobody asked for stands still while people click, so that no click is slower for it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from explorer.runs.work import worker_process
from explorer.runs.work.job import Job

# Seconds after a page was drawn until work goes on: the browser draws too, and who has clicked clicks again.
HOLD_SECONDS = 1.5
# A page that takes longer may wait for what the work holds, such as the lock of a result; then the work goes on.
LONG_SECONDS = 2.0


class Pauser:
    """Stops and continues the process of a job as pages are drawn."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pages: dict[object, float] = {}
        self._drawn = float("-inf")
        self._job: Job | None = None
        self._still = False

    @property
    def still(self) -> bool:
        """Whether the work stands still."""
        return self._still

    @contextmanager
    def page(self) -> Iterator[None]:
        """Context manager: somebody waits for what the block does."""
        page = object()
        self._pages[page] = time.monotonic()
        self.settle()
        try:
            yield
        finally:
            self._pages.pop(page, None)
            self._drawn = time.monotonic()

    def watch(self, job: Job | None) -> None:
        """Take over the work that nobody asked for and that runs now, if any."""
        with self._lock:
            if self._still and self._job is not None and (job is None or job.pid != self._job.pid):
                self._go_on()
            self._job = job
        self.settle()

    def settle(self) -> None:
        """Stop the work or let it go on, as the moment demands."""
        with self._lock:
            if self._job is None or self._wanted() == self._still:
                return
            if self._still:
                self._go_on()
            else:
                self._still = worker_process.pause(self._job)

    def people_click(self) -> bool:
        """Return whether a page is being drawn, or was a moment ago."""
        return bool(self._pages) or time.monotonic() - self._drawn < HOLD_SECONDS

    def _wanted(self) -> bool:
        now = time.monotonic()
        return self.people_click() and not any(now - begun > LONG_SECONDS for begun in list(self._pages.values()))

    def _go_on(self) -> None:
        if self._job is not None:
            worker_process.go_on(self._job)
        self._still = False


pauser = Pauser()


def standing_still() -> bool:
    """Return whether the work that nobody asked for stands still because people click."""
    return pauser.still
