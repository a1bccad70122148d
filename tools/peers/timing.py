"""Seconds of a piece of work."""

import time
from collections.abc import Callable
from typing import Any


def timed(work: Callable[[], Any]) -> tuple[dict[str, float], Any]:
    """Return seconds by the clock and of the processor, and what the work returned."""
    wall, cpu = time.perf_counter(), time.process_time()
    found = work()
    return {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}, found
