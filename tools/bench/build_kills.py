"""Kills of a build by SIGKILL, in one stage after the other, and what the next start did again of what was finished."""

import itertools
import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

# Stages by how their bars begin, in their order; the last one has no bar, and is known by the folder that it writes.
SAVING = "Saving"
STAGES = (
    "Reading the pictures|Checking pictures",
    "Features of training images",
    "Features of test images",
    "Putting features on one scale",
    "Fitting the head",
    "Measuring the curvature|Weighing every image",
    SAVING,
)
# Seconds after the beginning of a stage within which it is killed.
WITHIN = 2.0
# Files that are finished as soon as they have their name, below the home.
FINISHED = (
    "data/indexes/*/*/index.arrow",
    "data/features/*/*/0*.npy",
    "runs/.work-*/sums/*.arrays",
    "runs/.work-*/sums/*.sum",
    "runs/.work-*/train_features/*.npy",
)
Files = dict[Path, int]


@dataclass(eq=False)
class Build:
    """A build that runs in a session of its own, and the stages that it has said so far."""

    words: list[str]
    environment: Mapping[str, str]
    said: str = ""
    process: "subprocess.Popen[bytes]" = field(init=False)

    def __post_init__(self) -> None:
        self.process = subprocess.Popen(
            self.words,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            bufsize=0,  # a stage of one step says less than any buffer holds
            start_new_session=True,
        )
        assert self.process.stderr is not None
        threading.Thread(target=self._listen, args=(self.process.stderr,), daemon=True).start()

    def _listen(self, stream: IO[bytes]) -> None:
        for said in iter(lambda: stream.read(4096), b""):
            self.said += said.decode("utf-8", "replace")

    def reaches(self, stage: str, home: Path) -> bool:
        """Wait until a stage has begun; return False where the build ended before."""
        while self.process.poll() is None:
            if stage == SAVING and any(home.glob("runs/.[0-9a-f]*.????????/*")):
                return True
            if stage != SAVING and any(word in self.said for word in stage.split("|")):
                return True
            time.sleep(0.02)
        return False

    def kill(self) -> None:
        """End it with all its workers."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def killed(words: list[str], environment: Mapping[str, str], home: Path, kills: int, seed: int) -> list[dict[str, Any]]:
    """Start a build so many times and kill it each time; return of each the stage, and what the next start found and did again.

    Args:
        words: of the build.
        environment: that it runs in.
        home: its home folder.
        kills: how many, the same number in each stage.
        seed: of the moments.
    """
    rng, found, before = random.Random(seed), list[dict[str, Any]](), Files()
    for number in range(kills):
        stage, build = STAGES[number * len(STAGES) // kills], Build(words, environment)
        if not build.reaches(stage, home):
            break
        time.sleep(rng.uniform(0, WITHIN if stage != SAVING else 0.2))
        build.kill()
        after = finished(home)
        found.append({"stage": stage.partition("|")[0], "finished": len(after), "again": again(before, after)})
        before = after
    return found


def finished(home: Path) -> Files:
    """Return the finished files of a build, and when each was written."""
    paths = itertools.chain.from_iterable(map(home.glob, FINISHED))
    times = Files()
    for path in paths:
        with suppress(FileNotFoundError):
            times[path] = path.stat().st_mtime_ns
    return times


def again(before: Files, after: Files) -> int:
    """Return how many files that were finished before a kill have been written anew since."""
    return sum(path in after and after[path] != written for path, written in before.items())
