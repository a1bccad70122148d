"""What a build and its workers take while they run: memory, and processor time by the stage whose bar stands on the screen."""

import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

import psutil

# A bar begins with its stage: "Fitting the head:  50%|…", or "Comparing torch and ONNX Runtime …".
BAR = re.compile(r"[\r\n]\s*([A-Z][^:|\r\n]*?)(?::| …)")
# What is done before the first bar.
STARTING = "Starting"
# Seconds between two looks.
LOOK = 0.1


class Watch(threading.Thread):
    """What a process and its children take, looked at often.

    Args:
        process: whose standard error is a pipe; it is written on.

    Attributes:
        peak: bytes that they had together at most, mapped files not counted.
        stages: seconds of processor time by the stage that was said last.
    """

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        super().__init__(daemon=True)
        assert process.stderr is not None
        self.process, self.peak, self.stages, self.stage = process, 0, Counter[str](), STARTING
        self._spent, self._listener = dict[int, float](), threading.Thread(target=self._listen, args=(process.stderr,))
        self._listener.start()
        self.start()

    def run(self) -> None:
        with suppress(psutil.Error):
            process = psutil.Process(self.process.pid)
            while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                self._look([process, *process.children(recursive=True)])
                time.sleep(LOOK)
        self._listener.join()

    def _look(self, family: Sequence[psutil.Process]) -> None:
        self.peak = max(self.peak, sum(map(proportional, family)))
        before, stage = sum(self._spent.values()), self.stage
        for each in family:
            with suppress(psutil.Error):
                self._spent[each.pid] = sum(each.cpu_times()[:2])
        self.stages[stage] += sum(self._spent.values()) - before

    def _listen(self, stream: IO[bytes]) -> None:
        """Write on what the build says, and hear which stage it is in."""
        end = "\n"
        for some in iter(lambda: stream.read(4096), b""):
            text = some.decode("utf-8", "replace")
            sys.stderr.write(text)
            said = BAR.findall(end + text)
            self.stage, end = (said[-1] if said else self.stage), (end + text)[-80:]


def watched(words: Sequence[str], environment: Mapping[str, str]) -> tuple[str, Watch]:
    """Run a command; return what it prints and what was seen of it."""
    process = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
    watch = Watch(process)
    assert process.stdout is not None
    said = process.stdout.read()
    process.wait()
    watch.join()
    if process.returncode:
        sys.exit(f"The build ended with status {process.returncode}.")
    return said.decode(), watch


def proportional(process: psutil.Process) -> int:
    """Return the anonymous memory of a process, a page that k processes share counted by 1/k; mapped files can be let go."""
    with suppress(psutil.Error, OSError, StopIteration):
        lines = Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines()
        return 1024 * int(next(line.split()[1] for line in lines if line.startswith("Pss_Anon:")))
    return 0
