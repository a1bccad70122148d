"""What answering costs: seconds, and the peak of the process's memory."""

import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

# Written to a process's ``clear_refs`` it sets the peak of its memory back to what it has now (Linux, proc(5)).
SET_BACK = "5"


@dataclass
class Spent:
    """What a block of code took; known when it is over.

    Attributes:
        seconds: on the clock.
        peak_memory_bytes: the most memory that the process had, all of it; where the system cannot set the peak back, since its start.
    """

    seconds: float = 0.0
    peak_memory_bytes: int = 0


@contextmanager
def spending() -> Iterator[Spent]:
    """Context manager: measure a block."""
    spent = Spent()
    with suppress(OSError):  # only Linux has it
        Path("/proc/self/clear_refs").write_text(SET_BACK)
    begun = time.perf_counter()
    yield spent
    spent.seconds = time.perf_counter() - begun
    spent.peak_memory_bytes = _peak()


def _peak() -> int:
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
